// The JSON header of a safetensors file as structs: its grammar alone. Whether the offsets fit the
// shapes and the file is the reader's business.
#pragma once

#include "runtime/io/list.h"

#include "runtime/include/cnx_io.h"

namespace cnx::io {

struct HeaderTensor {
  cnx_io_tensor tensor;        // data and bytes are not set
  uint64_t dataBegin, dataEnd; // relative to the byte after the header
  size_t order;                // place in the header
};

struct Header {
  List<HeaderTensor> tensors;
  List<cnx_io_metadata> metadata;
};

// `strings` has room for `bytes` characters and must outlive the header. Messages begin with
// `label`.
cnx_rt_status parseHeader(const char *text, size_t bytes, char *strings, const char *label,
                          Header *header, cnx_rt_error *error);

} // namespace cnx::io
