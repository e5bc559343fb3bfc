// The element types of safetensors, and the search for values that are no numbers.
#include "runtime/io/tensor_bytes.h"
#include "runtime/rt/enum_value.h"

#include <string.h>

namespace {

struct Row {
  const char *name;
  unsigned bits;
};

// In the enumerators' order.
constexpr Row rows[] = {
    {"U64", 64},    {"I64", 64},        {"F64", 64},        {"C64", 64},    {"F32", 32},
    {"U32", 32},    {"I32", 32},        {"BF16", 16},       {"F16", 16},    {"U16", 16},
    {"I16", 16},    {"F8_E5M2FNUZ", 8}, {"F8_E4M3FNUZ", 8}, {"F8_E8M0", 8}, {"F8_E4M3", 8},
    {"F8_E5M2", 8}, {"I8", 8},          {"U8", 8},          {"F6_E3M2", 6}, {"F6_E2M3", 6},
    {"F4", 4},      {"BOOL", 8},
};
constexpr size_t rowCount = sizeof rows / sizeof rows[0];
static_assert(rowCount == CNX_IO_BOOL + 1);

// First element whose exponent bits are all ones.
template <typename Word>
bool firstWithExponent(const cnx_io_tensor *tensor, Word exponent, uint64_t *index) {
  const unsigned char *at = static_cast<const unsigned char *>(tensor->data);
  for (size_t i = 0; i < tensor->bytes / sizeof(Word); ++i) {
    Word word;
    memcpy(&word, at + i * sizeof(Word), sizeof(Word));
    if ((word & exponent) == exponent) {
      *index = i;
      return true;
    }
  }
  return false;
}

} // namespace

extern "C" {

const char *cnx_io_dtype_name(cnx_io_dtype dtype) {
  return cnx::io::isDtype(dtype) ? rows[dtype].name : "?";
}

unsigned cnx_io_dtype_bits(cnx_io_dtype dtype) {
  return cnx::io::isDtype(dtype) ? rows[dtype].bits : 0;
}

int cnx_io_first_not_finite(const cnx_io_tensor *tensor, uint64_t *index) {
  switch (tensor->dtype) {
  case CNX_IO_F64:
    return firstWithExponent<uint64_t>(tensor, 0x7ff0000000000000u, index);
  case CNX_IO_F32:
    return firstWithExponent<uint32_t>(tensor, 0x7f800000u, index);
  case CNX_IO_F16:
    return firstWithExponent<uint16_t>(tensor, 0x7c00u, index);
  case CNX_IO_BF16:
    return firstWithExponent<uint16_t>(tensor, 0x7f80u, index);
  default:
    return 0;
  }
}

} // extern "C"

namespace cnx::io {

bool isDtype(const cnx_io_dtype &dtype) {
  return static_cast<unsigned>(enumValue(dtype)) < rowCount;
}

bool dtypeOfName(const char *name, cnx_io_dtype *dtype) {
  for (size_t i = 0; i < rowCount; ++i)
    if (strcmp(rows[i].name, name) == 0) {
      *dtype = static_cast<cnx_io_dtype>(i);
      return true;
    }
  return false;
}

BytesResult tensorBytes(cnx_io_dtype dtype, int rank, const uint64_t *shape, uint64_t *bytes) {
  uint64_t count = 1;
  for (int i = 0; i < rank; ++i)
    if (__builtin_mul_overflow(count, shape[i], &count))
      return BytesResult::overflow;
  uint64_t bits;
  if (__builtin_mul_overflow(count, uint64_t{cnx_io_dtype_bits(dtype)}, &bits))
    return BytesResult::overflow;
  if (bits % 8 != 0)
    return BytesResult::partialByte;
  *bytes = bits / 8;
  return BytesResult::ok;
}

} // namespace cnx::io
