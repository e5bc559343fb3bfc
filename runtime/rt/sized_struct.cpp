#include "runtime/rt/sized_struct.h"

#include <string.h>

extern "C" cnx_rt_status cnx_rt_read_sized(const void *given, void *known, size_t bytes,
                                           const char *what, cnx_rt_error *error) {
  size_t size;
  memcpy(&size, given, sizeof size);
  if (size < sizeof size)
    return cnx_rt_fail(error, CNX_RT_ABI, "%s: struct_size is %zu, expected %zu", what, size,
                       bytes);
  const unsigned char *from = static_cast<const unsigned char *>(given);
  for (size_t i = bytes; i < size; ++i)
    if (from[i] != 0)
      return cnx_rt_fail(error, CNX_RT_ABI, "%s: byte %zu is set, this runtime knows the first %zu",
                         what, i, bytes);
  memset(known, 0, bytes);
  memcpy(known, given, size < bytes ? size : bytes);
  return CNX_RT_OK;
}

extern "C" cnx_rt_status cnx_rt_context_read_sized(cnx_rt_context *context, const void *given,
                                                   void *known, size_t bytes, const char *what) {
  cnx_rt_error error;
  cnx_rt_status status = cnx_rt_read_sized(given, known, bytes, what, &error);
  return status ? cnx_rt_context_fail(context, status, "%s", error.text) : CNX_RT_OK;
}
