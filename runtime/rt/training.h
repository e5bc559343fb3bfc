// What a training object holds; internal to the runtime's libraries.
#pragma once

#include "runtime/include/cnx_rt.h"

constexpr int cnx_rt_kinds = CNX_RT_EMA + 1;

struct cnx_rt_training {
  const cnx_rt_train_model *model;
  cnx_rt_context *context;
  const unsigned char *payload; // of the weight file; NULL where there is none
  float *segment[cnx_rt_kinds]; // flat, of model->floats each; NULL where the build has none
  float *rates, *decays;        // one a block
  float *squares;               // one a block
  float *scalars;               // CNX_RT_SCALARS
  uint64_t seed, step, sample;  // step: updates done; sample: the first of the next train forward
  char *note;                   // NULL: ""
  size_t noteBytes;             // with its NUL
};

extern "C" {
static inline size_t cnx_rt_blocks(const cnx_rt_training *training) {
  return training->model->floats / CNX_RT_UPDATE_BLOCK;
}
// Where a tensor that is not DENSE lies in a segment that the build has.
static inline float *cnx_rt_packed(const cnx_rt_training *training, int kind, int tensor) {
  return training->segment[kind] + training->model->parameters[tensor].offset / sizeof(float);
}
// Of a DENSE tensor.
static inline const float *cnx_rt_frozen(const cnx_rt_training *training, int tensor) {
  return reinterpret_cast<const float *>(training->payload +
                                         training->model->parameters[tensor].offset);
}
// CNX_RT_INTERNAL, with a message, where the static facts contradict each other.
cnx_rt_status cnx_rt_check_train_model(const cnx_rt_train_model *model, cnx_rt_error *error);
// The table entries of one tensor's blocks.
void cnx_rt_set_blocks(cnx_rt_training *training, int tensor, float rate, float decay);
}
