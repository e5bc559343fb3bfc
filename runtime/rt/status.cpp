// Status texts and messages.
#include "runtime/include/cnx_rt.h"

#include <stdarg.h>
#include <stdio.h>

extern "C" {

const int cnx_rt_abi_1 = 1;

const char *cnx_rt_status_text(cnx_rt_status status) {
  switch (status) {
  case CNX_RT_OK:
    return "ok";
  case CNX_RT_IO:
    return "input or output failed";
  case CNX_RT_CORRUPT:
    return "corrupt file";
  case CNX_RT_OTHER_MODEL:
    return "belongs to another model or build";
  case CNX_RT_ABI:
    return "unknown version";
  case CNX_RT_NO_ISA:
    return "no instruction level for this machine";
  case CNX_RT_BAD_BATCH:
    return "batch size not compiled in";
  case CNX_RT_BUSY:
    return "in use by another thread";
  case CNX_RT_MEMORY:
    return "out of memory";
  case CNX_RT_UNSUPPORTED:
    return "not supported by this build";
  case CNX_RT_ARGUMENT:
    return "wrong argument";
  case CNX_RT_NOT_FINITE:
    return "not a finite number";
  case CNX_RT_INTERNAL:
    return "internal error";
  }
  return "unknown status";
}

cnx_rt_status cnx_rt_fail(cnx_rt_error *error, cnx_rt_status status, const char *format, ...) {
  if (error) {
    error->status = status;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
  }
  return status;
}

} // extern "C"
