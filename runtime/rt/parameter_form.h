// The forms of parameters in memory, and the way between them and PyTorch's order.
#pragma once

#include "runtime/include/cnx_rt.h"

extern "C" {

size_t cnx_rt_elements(const cnx_rt_parameter *parameter);
// Floats of the form, padding included; 0 where the parameter's shape has no such form.
size_t cnx_rt_form_floats(const cnx_rt_parameter *parameter);

// Copies cnx_rt_elements floats, bits unchanged. `values` is in PyTorch order and may be unaligned.
// Padding is neither written nor read.
void cnx_rt_pack(const cnx_rt_parameter *parameter, const void *values, float *packed);
void cnx_rt_unpack(const cnx_rt_parameter *parameter, const float *packed, void *values);
}
