#include "compiler/weights/Initialiser.h"
#include "tests/support/catch.h"

#include <bit>
#include <vector>

using namespace cnx;

static Parameter normal(const std::string &name, int64_t size, double deviation, uint64_t seed) {
  Parameter p;
  p.name = name;
  p.shape = {size};
  p.init = Parameter::Init::truncatedNormal;
  p.initValue = deviation;
  p.seed = seed;
  return p;
}

static std::vector<float> drawn(const Parameter &p) {
  std::vector<float> values(p.size(), 99.f);
  initialise(p, values);
  return values;
}

TEST_CASE("the first drawn values, bit by bit") {
  // Every machine and build draws these: a change of them changes what a seed means.
  std::vector<float> values = drawn(normal("stem.0.weight", 4, 0.02, 0));
  std::vector<uint32_t> bits;
  for (float v : values)
    bits.push_back(std::bit_cast<uint32_t>(v));
  CHECK(bits == std::vector<uint32_t>{0x3bd72f60, 0x3cd6f2f2, 0x3bb515d9, 0x3bc54c7a});
}

TEST_CASE("zeros, ones and constants") {
  Parameter p;
  p.shape = {3};
  CHECK(drawn(p) == std::vector<float>{0, 0, 0});
  p.init = Parameter::Init::ones;
  CHECK(drawn(p) == std::vector<float>{1, 1, 1});
  p.init = Parameter::Init::constant;
  p.initValue = 1e-6;
  CHECK(drawn(p) == std::vector<float>(3, 1e-6f));
}
