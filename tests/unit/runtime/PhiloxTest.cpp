// Known answers of the authors' Random123 distribution (kat_vectors, philox4x32 10).
#include "runtime/rt/philox.h"
#include "tests/support/catch.h"

#include <array>

namespace {

using Words = std::array<uint32_t, 4>;

Words philox(Words counter, uint64_t key) {
  cnx_rt_random_words words =
      cnx_rt_philox({{counter[0], counter[1], counter[2], counter[3]}}, key);
  return {words.word[0], words.word[1], words.word[2], words.word[3]};
}

} // namespace

TEST_CASE("philox of zeros", "[runtime]") {
  CHECK(philox({0, 0, 0, 0}, 0) == Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
}

TEST_CASE("philox of ones", "[runtime]") {
  uint32_t ones = 0xffffffff;
  CHECK(philox({ones, ones, ones, ones}, ~0ull) ==
        Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
}

TEST_CASE("philox of pi", "[runtime]") {
  CHECK(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, 0x299f31d0a4093822ull) ==
        Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}
