// Rounding to bfloat16, held to the neighbours of every number that there is.
#include "compiler/weights/Bf16.h"
#include "tests/support/catch.h"

#include <limits>

using namespace cnx;

TEST_CASE("every bfloat16 is itself, and between two of them the nearer one counts") {
  for (uint32_t stored = 0; stored < 0x7f80; ++stored) // up to the largest
    for (const uint32_t sign : {0u, 0x8000u}) {
      const auto here = static_cast<uint16_t>(stored | sign);
      const auto next = static_cast<uint16_t>(here + 1); // infinity behind the largest
      const double low = bf16Value(here);
      const double high =
          stored == 0x7f7f ? std::copysign(std::ldexp(1.0, 128), low) : double(bf16Value(next));
      const double middle = low + (high - low) / 2;
      const double towards[] = {std::nextafter(middle, low), std::nextafter(middle, high)};
      const bool right = roundBf16(low) == here && roundBf16(towards[0]) == here &&
                         roundBf16(towards[1]) == next &&
                         roundBf16(middle) == (here % 2 == 0 ? here : next);
      if (!right)
        FAIL("around " << low);
    }
  CHECK(roundBf16(1e300) == 0x7f80);
  CHECK(std::isnan(bf16Value(roundBf16(std::numeric_limits<double>::quiet_NaN()))));
}
