#include "runtime/rt/parameter_form.h"

#include <string.h>

namespace {

constexpr size_t lanes = 16; // of a panel, and what vectors and taps are padded to

size_t padded(size_t extent) { return (extent + lanes - 1) / lanes * lanes; }

// Calls move(index in PyTorch order, index in the form) for every element.
template <typename Move> void forEach(const cnx_rt_parameter *parameter, Move move) {
  const int64_t *shape = parameter->shape;
  size_t outputs = static_cast<size_t>(shape[0]);
  size_t inputs = parameter->rank > 1 ? static_cast<size_t>(shape[1]) : 1;
  size_t taps = parameter->rank == 4 ? static_cast<size_t>(shape[2] * shape[3]) : 1;
  switch (parameter->form) {
  case CNX_RT_VECTOR:
    for (size_t n = 0; n < outputs; ++n)
      move(n, n);
    return;
  case CNX_RT_PANELS:
    for (size_t n = 0; n < outputs; ++n) {
      size_t lane = n / lanes * taps * inputs * lanes + n % lanes;
      for (size_t k = 0; k < inputs; ++k)
        for (size_t tap = 0; tap < taps; ++tap)
          move((n * inputs + k) * taps + tap, lane + (tap * inputs + k) * lanes);
    }
    return;
  case CNX_RT_TAPS:
    for (size_t c = 0; c < outputs; ++c)
      for (size_t tap = 0; tap < taps; ++tap)
        move(c * taps + tap, tap * padded(outputs) + c);
    return;
  case CNX_RT_DENSE:
    for (size_t i = 0; i < cnx_rt_elements(parameter); ++i)
      move(i, i);
    return;
  }
}

} // namespace

extern "C" {

size_t cnx_rt_elements(const cnx_rt_parameter *parameter) {
  size_t count = 1;
  for (int i = 0; i < parameter->rank; ++i)
    count *= static_cast<size_t>(parameter->shape[i]);
  return count;
}

size_t cnx_rt_form_floats(const cnx_rt_parameter *parameter) {
  int rank = parameter->rank;
  if (rank < 1 || rank > 4)
    return 0;
  for (int i = 0; i < rank; ++i)
    if (parameter->shape[i] < 1)
      return 0;
  size_t outputs = static_cast<size_t>(parameter->shape[0]);
  size_t row = cnx_rt_elements(parameter) / outputs;
  switch (parameter->form) {
  case CNX_RT_VECTOR:
    return rank == 1 ? padded(outputs) : 0;
  case CNX_RT_PANELS:
    return rank == 2 || rank == 4 ? padded(outputs) * row : 0;
  case CNX_RT_TAPS:
    return rank == 4 && parameter->shape[1] == 1 ? padded(outputs) * row : 0;
  case CNX_RT_DENSE:
    return outputs * row;
  }
  return 0;
}

void cnx_rt_pack(const cnx_rt_parameter *parameter, const void *values, float *packed) {
  const unsigned char *from = static_cast<const unsigned char *>(values);
  forEach(parameter, [=](size_t plain, size_t place) {
    memcpy(packed + place, from + plain * sizeof(float), sizeof(float));
  });
}

void cnx_rt_unpack(const cnx_rt_parameter *parameter, const float *packed, void *values) {
  unsigned char *to = static_cast<unsigned char *>(values);
  forEach(parameter, [=](size_t plain, size_t place) {
    memcpy(to + plain * sizeof(float), packed + place, sizeof(float));
  });
}

} // extern "C"
