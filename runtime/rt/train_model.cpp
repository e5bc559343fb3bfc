// The static facts of a training build, as the emitter wrote them: a wrong one would be memory
// written outside its place.
#include "runtime/rt/parameter_form.h"
#include "runtime/rt/training.h"

namespace {

constexpr size_t blockBytes = CNX_RT_UPDATE_BLOCK * sizeof(float);

// What is wrong with a parameter; NULL for nothing. *end: where the last one ended in the flat
// segment.
const char *problem(const cnx_rt_train_model *model, const cnx_rt_parameter *parameter,
                    size_t *end) {
  if (parameter->stored_rank < 0 || parameter->stored_rank > 4)
    return "stored_rank is not within 0 to 4";
  if (!__builtin_isfinite(parameter->init_value))
    return "init_value is not finite";
  if (parameter->decay != 0 && parameter->decay != 1)
    return "decay is not 0 or 1";
  size_t floats = cnx_rt_form_floats(parameter);
  if (floats == 0 || floats != parameter->floats)
    return "floats is not what form and shape take";
  if (parameter->form == CNX_RT_DENSE)
    return parameter->offset % 64 == 0 ? nullptr : "offset is not a multiple of 64";
  if (parameter->offset % blockBytes != 0 || parameter->offset < *end)
    return "offset is not a multiple of 1024 behind the tensor before it";
  if (parameter->offset / sizeof(float) > model->floats ||
      floats > model->floats - parameter->offset / sizeof(float))
    return "it ends beyond the segment";
  *end = parameter->offset + floats * sizeof(float);
  return nullptr;
}

} // namespace

extern "C" cnx_rt_status cnx_rt_check_train_model(const cnx_rt_train_model *model,
                                                  cnx_rt_error *error) {
  if (model->count < 1 || !model->parameters || !model->description)
    return cnx_rt_fail(error, CNX_RT_INTERNAL, "training: no parameters or no description");
  if (model->moments != 1 && model->moments != 2)
    return cnx_rt_fail(error, CNX_RT_INTERNAL, "training: %d moments, expected 1 or 2",
                       model->moments);
  if (model->floats == 0 || model->floats % CNX_RT_UPDATE_BLOCK != 0 ||
      model->floats > SIZE_MAX / 64)
    return cnx_rt_fail(error, CNX_RT_INTERNAL,
                       "training: segments of %zu floats, expected a multiple of %d", model->floats,
                       CNX_RT_UPDATE_BLOCK);
  if (model->gradients < CNX_RT_GRADIENTS_SUMMED || model->gradients > CNX_RT_GRADIENTS_USED)
    return cnx_rt_fail(error, CNX_RT_INTERNAL, "training: gradients is %d",
                       static_cast<int>(model->gradients));
  size_t end = 0;
  for (int i = 0; i < model->count; ++i) {
    const cnx_rt_parameter *parameter = &model->parameters[i];
    if (!parameter->name)
      return cnx_rt_fail(error, CNX_RT_INTERNAL, "training: parameter %d has no name", i);
    if (const char *text = problem(model, parameter, &end))
      return cnx_rt_fail(error, CNX_RT_INTERNAL, "training: parameter %.100s: %s", parameter->name,
                         text);
  }
  return CNX_RT_OK;
}
