// Creates and destroys training objects: memory, first values, tables.
#include "runtime/rt/training.h"

#include "runtime/rt/context.h"
#include "runtime/rt/float_mode.h"
#include "runtime/rt/initialise.h"
#include "runtime/rt/parameter_form.h"

#include <new>
#include <string.h>

namespace {

constexpr size_t alignment = 64;
constexpr const char *segmentNames[cnx_rt_kinds] = {"parameters", "gradients", "first moments",
                                                    "second moments", "averages"};

size_t rounded(size_t floats) { return (floats + 15) / 16 * 16; }
size_t tableFloats(size_t blocks) { return 3 * rounded(blocks) + CNX_RT_SCALARS; }
size_t segmentBytes(const cnx_rt_train_model *model) { return model->floats * sizeof(float); }

bool has(const cnx_rt_train_model *model, int kind) {
  return kind == CNX_RT_GRADIENT  ? model->gradients != CNX_RT_GRADIENTS_USED
         : kind == CNX_RT_MOMENT2 ? model->moments == 2
         : kind == CNX_RT_EMA     ? model->ema != 0
                                  : true;
}

bool isInArena(const cnx_rt_train_model *model, int kind) {
  return kind == CNX_RT_GRADIENT && model->gradients == CNX_RT_GRADIENTS_KEPT;
}

// Zeroed; NULL where memory is short.
float *allocate(const cnx_rt_options *options, size_t bytes) {
  void *memory = options->allocate(options->allocator_self, bytes, alignment);
  if (memory)
    memset(memory, 0, bytes);
  return static_cast<float *>(memory);
}

void release(const cnx_rt_options *options, void *memory, size_t bytes) {
  if (memory)
    options->release(options->allocator_self, memory, bytes);
}

cnx_rt_status takeMemory(cnx_rt_training *training, cnx_rt_error *error) {
  const cnx_rt_options *options = &training->context->options;
  size_t bytes = segmentBytes(training->model);
  for (int kind = 0; kind < cnx_rt_kinds; ++kind) {
    if (!has(training->model, kind))
      continue;
    if (isInArena(training->model, kind)) {
      unsigned char *arena = static_cast<unsigned char *>(cnx_rt_context_arena(training->context));
      training->segment[kind] = reinterpret_cast<float *>(arena + training->model->gradients_at);
      continue;
    }
    training->segment[kind] = allocate(options, bytes);
    if (!training->segment[kind])
      return cnx_rt_fail(error, CNX_RT_MEMORY, "training: no memory for %s of %zu bytes",
                         segmentNames[kind], bytes);
  }
  size_t blocks = cnx_rt_blocks(training);
  training->rates = allocate(options, tableFloats(blocks) * sizeof(float));
  if (!training->rates)
    return cnx_rt_fail(error, CNX_RT_MEMORY, "training: no memory for tables of %zu blocks",
                       blocks);
  training->decays = training->rates + rounded(blocks);
  training->squares = training->decays + rounded(blocks);
  training->scalars = training->squares + rounded(blocks);
  return CNX_RT_OK;
}

cnx_rt_status initialise(cnx_rt_training *training, cnx_rt_error *error) {
  const cnx_rt_train_model *model = training->model;
  const cnx_rt_options *options = &training->context->options;
  size_t largest = 0;
  for (int i = 0; i < model->count; ++i) {
    const cnx_rt_parameter *parameter = &model->parameters[i];
    if (parameter->form == CNX_RT_DENSE)
      return cnx_rt_fail(error, CNX_RT_ARGUMENT,
                         "no weights are given, but parameter %.200s is frozen in this build: its "
                         "values are in the weight file",
                         parameter->name);
    size_t elements = cnx_rt_elements(parameter);
    largest = elements > largest ? elements : largest;
  }
  float *values = allocate(options, largest * sizeof(float));
  if (!values)
    return cnx_rt_fail(error, CNX_RT_MEMORY, "training: no memory for a tensor of %zu bytes",
                       largest * sizeof(float));
  uint64_t mode = cnx_rt_float_mode_enter(); // the application's rounding would change the values
  for (int i = 0; i < model->count; ++i) {
    const cnx_rt_parameter *parameter = &model->parameters[i];
    cnx_rt_initialise(parameter->init, parameter->init_value, training->seed, parameter->name,
                      values, cnx_rt_elements(parameter));
    cnx_rt_pack(parameter, values, cnx_rt_packed(training, CNX_RT_PARAMETER, i));
  }
  cnx_rt_float_mode_leave(mode);
  release(options, values, largest * sizeof(float));
  return CNX_RT_OK;
}

} // namespace

extern "C" {

cnx_rt_status cnx_rt_training_create(const cnx_rt_train_model *model, cnx_rt_context *context,
                                     const void *payload, cnx_rt_training **training,
                                     cnx_rt_error *error) {
  if (!model || !context || !training)
    return cnx_rt_fail(error, CNX_RT_ARGUMENT, "training: model, context or training is NULL");
  *training = nullptr;
  if (cnx_rt_status status = cnx_rt_check_train_model(model, error))
    return status;
  const cnx_rt_options *options = &context->options;
  void *memory = options->allocate(options->allocator_self, sizeof(cnx_rt_training), alignment);
  if (!memory)
    return cnx_rt_fail(error, CNX_RT_MEMORY, "training: no memory");
  cnx_rt_training *made = new (memory) cnx_rt_training{};
  made->model = model;
  made->context = context;
  made->payload = static_cast<const unsigned char *>(payload);
  made->seed = options->seed;
  cnx_rt_status status = takeMemory(made, error);
  if (!status && !payload)
    status = initialise(made, error);
  if (status) {
    cnx_rt_training_destroy(made);
    return status;
  }
  size_t bytes = segmentBytes(model);
  if (payload)
    memcpy(made->segment[CNX_RT_PARAMETER], made->payload + model->param_offset, bytes);
  if (made->segment[CNX_RT_EMA])
    memcpy(made->segment[CNX_RT_EMA], made->segment[CNX_RT_PARAMETER], bytes);
  for (int i = 0; i < model->count; ++i)
    if (model->parameters[i].form != CNX_RT_DENSE)
      cnx_rt_set_blocks(made, i, 1, static_cast<float>(model->parameters[i].decay));
  *training = made;
  return CNX_RT_OK;
}

void cnx_rt_training_destroy(cnx_rt_training *training) {
  if (!training)
    return;
  const cnx_rt_options *options = &training->context->options;
  for (int kind = 0; kind < cnx_rt_kinds; ++kind)
    if (!isInArena(training->model, kind))
      release(options, training->segment[kind], segmentBytes(training->model));
  release(options, training->rates, tableFloats(cnx_rt_blocks(training)) * sizeof(float));
  release(options, training->note, training->noteBytes);
  release(options, training, sizeof *training);
}

void cnx_rt_set_blocks(cnx_rt_training *training, int tensor, float rate, float decay) {
  const cnx_rt_parameter *parameter = &training->model->parameters[tensor];
  size_t block = parameter->offset / (CNX_RT_UPDATE_BLOCK * sizeof(float));
  size_t end = block + (parameter->floats + CNX_RT_UPDATE_BLOCK - 1) / CNX_RT_UPDATE_BLOCK;
  for (; block < end; ++block) {
    training->rates[block] = rate;
    training->decays[block] = decay;
  }
}

float *cnx_rt_training_segment(cnx_rt_training *training, cnx_rt_kind kind) {
  return training->segment[kind];
}

const float *cnx_rt_training_rates(const cnx_rt_training *training) { return training->rates; }

const float *cnx_rt_training_decays(const cnx_rt_training *training) { return training->decays; }

float *cnx_rt_training_squares(cnx_rt_training *training) { return training->squares; }

const float *cnx_rt_training_scalars(const cnx_rt_training *training) { return training->scalars; }

void cnx_rt_training_clear_gradients(cnx_rt_training *training) {
  memset(training->segment[CNX_RT_GRADIENT], 0, segmentBytes(training->model));
}

void cnx_rt_training_clear_padding(cnx_rt_training *training) {
  constexpr size_t block = CNX_RT_UPDATE_BLOCK;
  for (int i = 0; i < training->model->count; ++i) {
    const cnx_rt_parameter *parameter = &training->model->parameters[i];
    if (parameter->form == CNX_RT_DENSE)
      continue;
    float *end = cnx_rt_packed(training, CNX_RT_GRADIENT, i) + parameter->floats;
    memset(end, 0, (block - parameter->floats % block) % block * sizeof(float));
  }
}

} // extern "C"
