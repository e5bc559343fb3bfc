// Structs that an application fills and that begin with their size, so that they can grow.
#pragma once

#include "runtime/include/cnx_rt.h"

extern "C" {
// Copies what `given` has of the `bytes` that this runtime knows; fields beyond its size become
// zero. CNX_RT_ABI where it sets a byte beyond those known. Messages begin with `what`.
cnx_rt_status cnx_rt_read_sized(const void *given, void *known, size_t bytes, const char *what,
                                cnx_rt_error *error);
// The same with the message left in a context.
cnx_rt_status cnx_rt_context_read_sized(cnx_rt_context *context, const void *given, void *known,
                                        size_t bytes, const char *what);
}
