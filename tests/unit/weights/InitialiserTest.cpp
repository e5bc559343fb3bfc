#include "compiler/weights/Initialiser.h"
#include "tests/support/catch.h"

#include <bit>
#include <cmath>
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

TEST_CASE("the normal pair is Box and Muller's, to double precision") {
  // Judged by the machine's own libm.
  const uint32_t words[] = {0,          1,          2,          0x12345678, 0x20000000,
                            0x3fffffff, 0x40000000, 0x5a82799a, 0x7fffffff, 0x80000000,
                            0xb504f333, 0xc0000001, 0xfffffffe, 0xffffffff};
  for (uint32_t radius : words)
    for (uint32_t angle : words) {
      double r = std::sqrt(-2 * std::log((radius + 1.0) / 4294967296.0));
      double phi = 2 * M_PI * angle / 4294967296.0;
      NormalPair pair = normalPair(radius, angle);
      CHECK(pair.first == Approx(r * std::cos(phi)).margin(4e-15).epsilon(4e-15));
      CHECK(pair.second == Approx(r * std::sin(phi)).margin(4e-15).epsilon(4e-15));
    }
}

TEST_CASE("drawn values have the moments of N(0, 0.02^2)") {
  std::vector<float> values = drawn(normal("stages.0.blocks.0.mlp.fc1.weight", 400000, 0.02, 7));
  double sum = 0, square = 0, fourth = 0;
  size_t beyondTwo = 0;
  for (double v : values) {
    sum += v;
    square += v * v;
    fourth += v * v * v * v;
    beyondTwo += std::abs(v) > 0.04;
  }
  double n = static_cast<double>(values.size());
  CHECK(std::abs(sum / n) < 4 * 0.02 / std::sqrt(n));
  CHECK(square / n == Approx(4e-4).epsilon(0.01));
  CHECK(fourth / n / (square / n * square / n) == Approx(3).epsilon(0.03));
  CHECK(static_cast<double>(beyondTwo) / n == Approx(0.0455).epsilon(0.05));
}

TEST_CASE("drawn values depend on the seed and the name alone") {
  std::vector<float> first = drawn(normal("a", 1000, 0.02, 1));
  CHECK(first == drawn(normal("a", 1000, 0.02, 1)));
  CHECK(first != drawn(normal("a", 1000, 0.02, 2)));
  CHECK(first != drawn(normal("b", 1000, 0.02, 1)));
  std::vector<float> shorter = drawn(normal("a", 5, 0.02, 1)); // not a multiple of the four lanes
  CHECK(shorter == std::vector<float>(first.begin(), first.begin() + 5));
}

TEST_CASE("a wide distribution is truncated at 2") {
  std::vector<float> values = drawn(normal("wide", 20000, 3, 1));
  double largest = 0, square = 0;
  for (double v : values) {
    largest = std::max(largest, std::abs(v));
    square += v * v;
  }
  CHECK(largest <= 2);
  CHECK(largest > 1.99);
  // Variance of a normal of deviation 3 between -2 and 2: 9 (1 - 2 a phi(a) / (2 Phi(a) - 1)), a =
  // 2/3.
  double a = 2.0 / 3, density = std::exp(-a * a / 2) / std::sqrt(2 * M_PI);
  CHECK(square / 20000 ==
        Approx(9 * (1 - 2 * a * density / std::erf(a / std::sqrt(2)))).epsilon(0.03));
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
