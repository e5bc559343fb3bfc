// Known answers of the authors' Random123 distribution (kat_vectors, philox4x32 10).
#include "compiler/weights/Philox.h"
#include "tests/support/catch.h"

using cnx::philox4x32;
using cnx::PhiloxCounter;

TEST_CASE("philox of zeros") {
  CHECK(philox4x32({0, 0, 0, 0}, 0) ==
        PhiloxCounter{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
}

TEST_CASE("philox of ones") {
  uint32_t ones = 0xffffffff;
  CHECK(philox4x32({ones, ones, ones, ones}, ~0ull) ==
        PhiloxCounter{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
}

TEST_CASE("philox of pi") {
  CHECK(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, 0x299f31d0a4093822ull) ==
        PhiloxCounter{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}
