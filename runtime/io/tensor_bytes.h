// What a tensor of a type and shape takes, with every overflow caught.
#pragma once

#include "runtime/include/cnx_io.h"

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error                                                                                             \
    "the files are little-endian and are read in place: this machine's byte order is not supported"
#endif

namespace cnx::io {

constexpr uint64_t longestHeader =
    100000000; // of a safetensors file; the reference library's limit

// Whether it is an enumerator; the reference is not loaded before that is known.
bool isDtype(const cnx_io_dtype &dtype);
bool dtypeOfName(const char *name, cnx_io_dtype *dtype);

enum class BytesResult { ok, overflow, partialByte };

// overflow: the number of elements or of bits exceeds 64 bits, even where a later extent is 0.
BytesResult tensorBytes(cnx_io_dtype dtype, int rank, const uint64_t *shape, uint64_t *bytes);

} // namespace cnx::io
