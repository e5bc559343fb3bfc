// The writer of safetensors files with data that is made while it is written.
#pragma once

#include "runtime/include/cnx_io.h"

namespace cnx::io {

// The data of tensors[tensor]; asked for once, when its turn comes, and done with at the next call.
using TensorData = const void *(*)(void *self, size_t tensor);

// As cnx_io_safetensors_save; with `data`, the tensors' own pointers are not looked at.
cnx_rt_status saveTensors(const char *path, const cnx_io_tensor *tensors, size_t count,
                          const cnx_io_metadata *metadata, size_t metadataCount, TensorData data,
                          void *self, cnx_rt_error *error);

} // namespace cnx::io
