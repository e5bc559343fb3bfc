// Takes up a checkpoint that is open already.
#pragma once

#include "runtime/include/cnx_io.h"

namespace cnx::io {

// As cnx_io_training_restore. Messages begin with `label`.
cnx_rt_status restoreTraining(cnx_rt_training *training, const cnx_io_safetensors *file,
                              const char *label, cnx_rt_error *error);

} // namespace cnx::io
