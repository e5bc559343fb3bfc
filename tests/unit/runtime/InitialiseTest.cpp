#include "runtime/rt/initialise.h"
#include "tests/support/catch.h"

#include <bit>
#include <cmath>
#include <vector>

static std::vector<float> drawn(const char *name, size_t size, double deviation, uint64_t seed) {
  std::vector<float> values(size, 99.f);
  cnx_rt_initialise(CNX_RT_TRUNCATED_NORMAL, deviation, seed, name, values.data(), size);
  return values;
}

TEST_CASE("the normal pair is Box and Muller's, to double precision", "[runtime]") {
  // Judged by the machine's own libm.
  const uint32_t words[] = {0,          1,          2,          0x12345678, 0x20000000,
                            0x3fffffff, 0x40000000, 0x5a82799a, 0x7fffffff, 0x80000000,
                            0xb504f333, 0xc0000001, 0xfffffffe, 0xffffffff};
  for (uint32_t radius : words)
    for (uint32_t angle : words) {
      double r = std::sqrt(-2 * std::log((radius + 1.0) / 4294967296.0));
      double phi = 2 * M_PI * angle / 4294967296.0;
      cnx_rt_normal_pair pair = cnx_rt_normal_pair_of(radius, angle);
      CHECK(pair.first == Approx(r * std::cos(phi)).margin(4e-15).epsilon(4e-15));
      CHECK(pair.second == Approx(r * std::sin(phi)).margin(4e-15).epsilon(4e-15));
    }
}

TEST_CASE("drawn values have the moments of N(0, 0.02^2)", "[runtime]") {
  std::vector<float> values = drawn("stages.0.blocks.0.mlp.fc1.weight", 400000, 0.02, 7);
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

TEST_CASE("drawn values depend on the seed and the name alone", "[runtime]") {
  std::vector<float> first = drawn("a", 1000, 0.02, 1);
  CHECK(first == drawn("a", 1000, 0.02, 1));
  CHECK(first != drawn("a", 1000, 0.02, 2));
  CHECK(first != drawn("b", 1000, 0.02, 1));
  std::vector<float> shorter = drawn("a", 5, 0.02, 1); // not a multiple of the four lanes
  CHECK(shorter == std::vector<float>(first.begin(), first.begin() + 5));
}

TEST_CASE("a wide distribution is truncated at 2", "[runtime]") {
  std::vector<float> values = drawn("wide", 20000, 3, 1);
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
