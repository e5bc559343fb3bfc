// One tensor at a time, for applications: its values in PyTorch order, its group; and the note.
#include "runtime/rt/context.h"
#include "runtime/rt/enum_value.h"
#include "runtime/rt/parameter_form.h"
#include "runtime/rt/training.h"
#include "runtime/rt/utf8.h"

#include <string.h>

namespace {

constexpr const char *kindNames[cnx_rt_kinds] = {"values", "gradients", "first moments",
                                                 "second moments", "averages"};

cnx_rt_status checkTensor(cnx_rt_training *training, const char *function, int tensor) {
  if (tensor < 0 || tensor >= training->model->count)
    return cnx_rt_context_fail(training->context, CNX_RT_ARGUMENT,
                               "%s: tensor %d, expected 0 to %d", function, tensor,
                               training->model->count - 1);
  return CNX_RT_OK;
}

cnx_rt_status check(cnx_rt_training *training, const char *function, const cnx_rt_kind &kind,
                    int tensor, const float *values, size_t count) {
  cnx_rt_context *context = training->context;
  if (cnx_rt_status status = checkTensor(training, function, tensor))
    return status;
  int wanted = cnx::enumValue(kind);
  if (wanted < 0 || wanted >= cnx_rt_kinds)
    return cnx_rt_context_fail(context, CNX_RT_ARGUMENT, "%s: unknown kind %d", function, wanted);
  const cnx_rt_parameter *parameter = &training->model->parameters[tensor];
  if (!training->segment[wanted])
    return cnx_rt_context_fail(context, CNX_RT_UNSUPPORTED, "%s: this build has no %s", function,
                               kindNames[wanted]);
  size_t elements = cnx_rt_elements(parameter);
  if (!values || count != elements)
    return cnx_rt_context_fail(context, CNX_RT_ARGUMENT,
                               "%s: %.200s: %s%zu values are given, expected %zu", function,
                               parameter->name, values ? "" : "NULL for ", count, elements);
  return CNX_RT_OK;
}

cnx_rt_status frozen(cnx_rt_training *training, const char *function, int tensor) {
  return cnx_rt_context_fail(training->context, CNX_RT_UNSUPPORTED,
                             "%s: %.200s is frozen in this build", function,
                             training->model->parameters[tensor].name);
}

bool isFrozen(const cnx_rt_training *training, int tensor) {
  return training->model->parameters[tensor].form == CNX_RT_DENSE;
}

} // namespace

extern "C" {

cnx_rt_status cnx_rt_training_read(cnx_rt_training *training, cnx_rt_kind kind, int tensor,
                                   float *values, size_t count) {
  if (cnx_rt_status status = check(training, "read", kind, tensor, values, count))
    return status;
  const cnx_rt_parameter *parameter = &training->model->parameters[tensor];
  if (!isFrozen(training, tensor))
    cnx_rt_unpack(parameter, cnx_rt_packed(training, kind, tensor), values);
  else if (kind == CNX_RT_PARAMETER)
    cnx_rt_unpack(parameter, cnx_rt_frozen(training, tensor), values);
  else
    return frozen(training, "read", tensor);
  return CNX_RT_OK;
}

cnx_rt_status cnx_rt_training_write(cnx_rt_training *training, cnx_rt_kind kind, int tensor,
                                    const float *values, size_t count) {
  if (cnx_rt_status status = check(training, "write", kind, tensor, values, count))
    return status;
  const cnx_rt_parameter *parameter = &training->model->parameters[tensor];
  if (isFrozen(training, tensor))
    return frozen(training, "write", tensor);
  for (size_t i = 0; i < count; ++i)
    if (!__builtin_isfinite(values[i]))
      return cnx_rt_context_fail(training->context, CNX_RT_NOT_FINITE,
                                 "write: %.200s: found %g at element %zu", parameter->name,
                                 static_cast<double>(values[i]), i);
  cnx_rt_pack(parameter, values, cnx_rt_packed(training, kind, tensor));
  return CNX_RT_OK;
}

cnx_rt_status cnx_rt_training_group(cnx_rt_training *training, int tensor, float rate_scale,
                                    int decay) {
  if (cnx_rt_status status = checkTensor(training, "group", tensor))
    return status;
  if (isFrozen(training, tensor))
    return frozen(training, "group", tensor);
  const char *name = training->model->parameters[tensor].name;
  if (!(rate_scale >= 0) || !__builtin_isfinite(rate_scale))
    return cnx_rt_context_fail(training->context, CNX_RT_ARGUMENT,
                               "group: %.200s: rate scale %g, expected a number from 0 on", name,
                               static_cast<double>(rate_scale));
  if (decay != 0 && decay != 1)
    return cnx_rt_context_fail(training->context, CNX_RT_ARGUMENT,
                               "group: %.200s: decay %d, expected 0 or 1", name, decay);
  cnx_rt_set_blocks(training, tensor, rate_scale, static_cast<float>(decay));
  return CNX_RT_OK;
}

cnx_rt_status cnx_rt_training_set_note(cnx_rt_training *training, const char *note) {
  const cnx_rt_options *options = &training->context->options;
  size_t length = note ? strlen(note) : 0, position;
  if (length > CNX_RT_NOTE_BYTES)
    return cnx_rt_context_fail(training->context, CNX_RT_ARGUMENT,
                               "set_note: %zu bytes, expected at most %u", length,
                               CNX_RT_NOTE_BYTES);
  if (length > 0 && !cnx_rt_is_utf8(note, length, &position))
    return cnx_rt_context_fail(training->context, CNX_RT_ARGUMENT,
                               "set_note: byte %zu is not UTF-8", position);
  char *copy = nullptr;
  if (length > 0) {
    copy = static_cast<char *>(options->allocate(options->allocator_self, length + 1, 64));
    if (!copy)
      return cnx_rt_context_fail(training->context, CNX_RT_MEMORY,
                                 "set_note: no memory for %zu bytes", length + 1);
    memcpy(copy, note, length + 1);
  }
  if (training->note)
    options->release(options->allocator_self, training->note, training->noteBytes);
  training->note = copy;
  training->noteBytes = copy ? length + 1 : 0;
  return CNX_RT_OK;
}

const char *cnx_rt_training_note(const cnx_rt_training *training) {
  return training->note ? training->note : "";
}

} // extern "C"
