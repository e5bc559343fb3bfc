// Writes .npy files of format 1.0, the data 64-byte aligned, byte for byte as numpy does.
#include "runtime/io/atomic_file.h"
#include "runtime/io/tensor_bytes.h"

#include <stdio.h>

extern "C" cnx_rt_status cnx_npy_save(const char *path, cnx_io_dtype dtype, int rank,
                                      const uint64_t *shape, const void *data,
                                      cnx_rt_error *error) {
  using namespace cnx::io;
  if (!path || (!shape && rank > 0))
    return cnx_rt_fail(error, CNX_RT_ARGUMENT, "cnx_npy_save: path or shape is NULL");
  const char *label = cnx_rt_path_tail(path);
  const char *descr = dtype == CNX_IO_F32   ? "<f4"
                      : dtype == CNX_IO_U8  ? "|u1"
                      : dtype == CNX_IO_I64 ? "<i8"
                                            : nullptr;
  if (!descr)
    return cnx_rt_fail(error, CNX_RT_UNSUPPORTED, "%s: dtype %s, expected F32, U8 or I64", label,
                       cnx_io_dtype_name(dtype));
  uint64_t bytes = 0;
  if (rank < 0 || rank > CNX_IO_MAX_RANK ||
      tensorBytes(dtype, rank, shape, &bytes) != BytesResult::ok || (!data && bytes > 0))
    return cnx_rt_fail(error, CNX_RT_ARGUMENT, "%s: rank, shape or data is wrong", label);

  // Magic, version, a length of 2 bytes, then the dictionary, spaces and a newline, up to a
  // multiple of 64.
  char text[384];
  size_t at = 10;
  memcpy(text, "\x93NUMPY\1\0", 8);
  at += static_cast<size_t>(snprintf(text + at, sizeof text - at,
                                     "{'descr': '%s', 'fortran_order': False, 'shape': (", descr));
  for (int i = 0; i < rank; ++i)
    at += static_cast<size_t>(snprintf(text + at, sizeof text - at, i ? ", %llu" : "%llu",
                                       static_cast<unsigned long long>(shape[i])));
  at += static_cast<size_t>(snprintf(text + at, sizeof text - at, rank == 1 ? ",), }" : "), }"));
  do
    text[at++] = ' ';
  while (at % 64 != 63);
  text[at++] = '\n';
  text[8] = static_cast<char>((at - 10) & 0xFF);
  text[9] = static_cast<char>((at - 10) >> 8);

  AtomicFile file(path, error);
  cnx_rt_status status = file.open();
  if (!status)
    status = file.write(text, at);
  if (!status)
    status = file.write(data, static_cast<size_t>(bytes));
  return status ? status : file.commit();
}
