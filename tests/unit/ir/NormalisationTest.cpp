// Layer norm and GELU against closed forms.
#include "tests/support/catch.h"
#include "tests/unit/ir/Text.h"

#include <cmath>

using namespace cnx::test;
using cnx::ir::HostTensor;

TEST_CASE("layer_norm of two values has a closed form", "[ir]") {
  // Mean (a+b)/2, variance ((a-b)/2)^2.
  auto y = run(R"((%x: tensor<2x2xf32>) -> (tensor<2x2xf32>, tensor<2xf32>) {
    %0, %1 = cnx.layer_norm %x eps = 0.25 : tensor<2x2xf32>
    return %0, %1 : tensor<2x2xf32>, tensor<2xf32> })",
               {HostTensor({2, 2}, {5, 2, 7, 7})});
  double rstd = 1 / std::sqrt(1.5 * 1.5 + 0.25);
  CHECK(y[1][0] == Approx(rstd).epsilon(1e-15));
  CHECK(y[0][0] == Approx(1.5 * rstd).epsilon(1e-15));
  CHECK(y[0][1] == Approx(-1.5 * rstd).epsilon(1e-15));
  CHECK(y[1][1] == 2); // variance 0: 1/sqrt(eps)
  CHECK(y[0][2] == 0);
}

TEST_CASE("layer_norm agrees with the moments of each pixel", "[ir]") {
  HostTensor x = noise({2, 3, 2, 7}, 4);
  auto y = run(R"((%x: tensor<2x3x2x7xf32>) -> (tensor<2x3x2x7xf32>, tensor<2x3x2xf32>) {
    %0, %1 = cnx.layer_norm %x eps = 1.0e-3 : tensor<2x3x2x7xf32>
    return %0, %1 : tensor<2x3x2x7xf32>, tensor<2x3x2xf32> })",
               {x});
  CHECK(y[1].shape == std::vector<int64_t>{2, 3, 2});
  for (int64_t r = 0; r < x.rows(); ++r) {
    double first = 0, second = 0;
    for (int64_t c = 0; c < 7; ++c) {
      first += x[r * 7 + c] / 7;
      second += x[r * 7 + c] * x[r * 7 + c] / 7;
    }
    double deviation = std::sqrt(second - first * first + 1e-3);
    CHECK(y[1][r] == Approx(1 / deviation).epsilon(1e-13));
    for (int64_t c = 0; c < 7; ++c)
      CHECK(y[0][r * 7 + c] == Approx((x[r * 7 + c] - first) / deviation).margin(1e-13));
  }
}

TEST_CASE("gelu is x times the normal distribution, integrated here", "[ir]") {
  HostTensor x({1, 9}, {-6, -2.7, -1, -0.125, 0, 0.5, 1, 2.7, 9});
  auto y = run(R"((%x: tensor<1x9xf32>) -> tensor<1x9xf32> {
    %0 = cnx.gelu %x : tensor<1x9xf32>
    return %0 : tensor<1x9xf32> })",
               {x});
  for (int64_t i = 0; i < x.size(); ++i) {
    // Simpson's rule over the density from 0 to x.
    const int steps = 4000;
    double h = x[i] / steps, area = 0;
    for (int s = 0; s <= steps; ++s) {
      double weight = s == 0 || s == steps ? 1 : s % 2 ? 4 : 2;
      area += weight * std::exp(-0.5 * (s * h) * (s * h));
    }
    double distribution = 0.5 + area * h / 3 / std::sqrt(2 * std::acos(-1.0));
    CHECK(y[0][i] == Approx(x[i] * distribution).margin(1e-12));
  }
  CHECK(y[0][6] == Approx(0.8413447460685429).epsilon(1e-15)); // not the tanh form: 0.84119...
}
