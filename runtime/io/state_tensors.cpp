#include "runtime/io/state_tensors.h"

#include "runtime/rt/parameter_form.h"
#include "runtime/rt/training.h"

#include <stdio.h>
#include <string.h>

namespace cnx::io {
namespace {

struct Prefix {
  cnx_rt_kind kind;
  const char *text;
};

constexpr Prefix prefixes[] = {
    {CNX_RT_MOMENT1, "cnx.moment1."}, {CNX_RT_MOMENT2, "cnx.moment2."}, {CNX_RT_EMA, "cnx.ema."}};
constexpr size_t longestPrefix = sizeof "cnx.moment1.";

cnx_io_tensor describe(const cnx_rt_parameter *parameter) {
  cnx_io_tensor tensor{};
  tensor.name = parameter->name;
  tensor.dtype = CNX_IO_F32;
  bool stored = parameter->stored_rank > 0;
  tensor.rank = stored ? parameter->stored_rank : parameter->rank;
  for (int i = 0; i < tensor.rank; ++i)
    tensor.shape[i] =
        static_cast<uint64_t>(stored ? parameter->stored_shape[i] : parameter->shape[i]);
  tensor.bytes = cnx_rt_elements(parameter) * sizeof(float);
  return tensor;
}

} // namespace

bool StateTensors::list(const cnx_rt_training *training, bool state) {
  const cnx_rt_train_model *model = training->model;
  size_t room = 0;
  for (int i = 0; i < model->count; ++i)
    room += 3 * (longestPrefix + strlen(model->parameters[i].name));
  names = static_cast<char *>(malloc(room));
  if (!names)
    return false;
  char *at = names, *end = names + room;
  for (int i = 0; i < model->count; ++i) {
    const cnx_rt_parameter *parameter = &model->parameters[i];
    cnx_io_tensor tensor = describe(parameter);
    if (!tensors.add(tensor) || !sources.add({CNX_RT_PARAMETER, i}))
      return false;
    for (const Prefix &prefix : prefixes) {
      if (!state || parameter->form == CNX_RT_DENSE || !training->segment[prefix.kind])
        continue;
      tensor.name = at;
      at += snprintf(at, static_cast<size_t>(end - at), "%s%s", prefix.text, parameter->name) + 1;
      if (!tensors.add(tensor) || !sources.add({prefix.kind, i}))
        return false;
    }
  }
  return true;
}

} // namespace cnx::io
