// bfloat16: the upper half of a float32, which has 8 bits of precision and float32's range.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace cnx {

// The nearest bfloat16, of two the even one; infinity beyond the largest, NaN of NaN. One rounding:
// on the way through float32 what does not fit is rounded to odd, which no second rounding
// mistakes for half of a step.
inline uint16_t roundBf16(double x) {
  const auto nearest = static_cast<float>(x);
  auto bits = std::bit_cast<uint32_t>(nearest);
  if (std::isnan(x))
    return static_cast<uint16_t>(bits >> 16 | 0x40);
  if (static_cast<double>(nearest) != x) {
    if (std::fabs(static_cast<double>(nearest)) > std::fabs(x))
      --bits;
    bits |= 1;
  }
  return static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

inline float bf16Value(uint16_t stored) {
  return std::bit_cast<float>(static_cast<uint32_t>(stored) << 16);
}

} // namespace cnx
