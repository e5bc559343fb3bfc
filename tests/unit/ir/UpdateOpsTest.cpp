// The ops of the update against numbers worked out by hand, and the fixed point that padding needs.
#include "ir/CnxOps.h"
#include "tests/support/catch.h"
#include "tests/unit/ir/Text.h"

#include <cmath>

using namespace cnx;
using namespace cnx::test;
using ir::HostTensor;

namespace {

const char *const kAdamw =
    R"((%p: tensor<2x2xf32>, %g: tensor<2x2xf32>, %m: tensor<2x2xf32>, %v: tensor<2x2xf32>, %r: tensor<2xf32>, %d: tensor<2xf32>, %s: tensor<16xf32>) -> (tensor<2x2xf32>, tensor<2x2xf32>, tensor<2x2xf32>) {
    %0, %1, %2 = cnx.adamw %p, %g, %m, %v, %r, %d, %s : tensor<2x2xf32>, tensor<2x2xf32>, tensor<2x2xf32>, tensor<2x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<16xf32>
    return %0, %1, %2 : tensor<2x2xf32>, tensor<2x2xf32>, tensor<2x2xf32> })";

const char *const kSgd =
    R"((%p: tensor<2x2xf32>, %g: tensor<2x2xf32>, %m: tensor<2x2xf32>, %r: tensor<2xf32>, %d: tensor<2xf32>, %s: tensor<16xf32>) -> (tensor<2x2xf32>, tensor<2x2xf32>) {
    %0, %1 = cnx.sgd %p, %g, %m, %r, %d, %s : tensor<2x2xf32>, tensor<2x2xf32>, tensor<2x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<16xf32>
    return %0, %1 : tensor<2x2xf32>, tensor<2x2xf32> })";

// factor 0.5, rate 0.1, decay 0.25, 1-beta1 0.5, beta2 0.75, 1-beta2 0.25, eps 1, 1-beta1^t 0.5,
// sqrt(1-beta2^t) 0.5, momentum 0.5, 1-decay of the average 0.125.
HostTensor scalars() {
  HostTensor s({16}, {0.5, 0.1, 0.25, 0.5, 0.75, 0.25, 1, 0.5, 0.5, 0.5, 0.125, 0, 0, 0, 0, 0});
  return s;
}

} // namespace

TEST_CASE("adamw by hand: a block's rate and decay are its own", "[ir]") {
  // The second block has twice the rate and no decay.
  auto y = run(kAdamw, {HostTensor({2, 2}, {4, 0, 4, 0}), HostTensor({2, 2}, {8, 0, 8, 0}),
                        HostTensor({2, 2}, {2, 0, 2, 0}), HostTensor({2, 2}, {16, 0, 16, 0}),
                        HostTensor({2}, {1, 2}), HostTensor({2}, {1, 0}), scalars()});
  // g = 4, m = 2 + 0.5*2 = 3, v = 12 + 4 = 16; sqrt(v)/0.5 + 1 = 9.
  CHECK(distance(y[1], HostTensor({2, 2}, {3, 0, 3, 0})) < 1e-15);
  CHECK(distance(y[2], HostTensor({2, 2}, {16, 0, 16, 0})) < 1e-15);
  const double step = 0.1 / 0.5 * 3 / 9;
  CHECK(distance(y[0], HostTensor({2, 2}, {4 - 0.1 * 0.25 * 4 - step, 0, 4 - 2 * step, 0})) <
        1e-15);
}

TEST_CASE("a parameter of any shape has one rate and one decay", "[ir]") {
  const char *const adamw =
      R"((%p: tensor<1x2x2xf32>, %g: tensor<1x2x2xf32>, %m: tensor<1x2x2xf32>, %v: tensor<1x2x2xf32>, %r: tensor<1xf32>, %d: tensor<1xf32>, %s: tensor<16xf32>) -> tensor<1x2x2xf32> {
    %0, %1, %2 = cnx.adamw %p, %g, %m, %v, %r, %d, %s : tensor<1x2x2xf32>, tensor<1x2x2xf32>, tensor<1x2x2xf32>, tensor<1x2x2xf32>, tensor<1xf32>, tensor<1xf32>, tensor<16xf32>
    return %0 : tensor<1x2x2xf32> })";
  const char *const sgd =
      R"((%p: tensor<3xf32>, %g: tensor<3xf32>, %m: tensor<3xf32>, %r: tensor<1xf32>, %d: tensor<1xf32>, %s: tensor<16xf32>) -> tensor<3xf32> {
    %0, %1 = cnx.sgd %p, %g, %m, %r, %d, %s : tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<1xf32>, tensor<1xf32>, tensor<16xf32>
    return %0 : tensor<3xf32> })";
  // The numbers of the second block above.
  const double step = 2 * 0.1 / 0.5 * 3 / 9;
  auto y = run(adamw, {HostTensor({1, 2, 2}, {4, 0, 4, 4}), HostTensor({1, 2, 2}, {8, 0, 8, 8}),
                       HostTensor({1, 2, 2}, {2, 0, 2, 2}), HostTensor({1, 2, 2}, {16, 0, 16, 16}),
                       HostTensor({1}, {2}), HostTensor({1}, {0}), scalars()});
  CHECK(distance(y[0], HostTensor({1, 2, 2}, {4 - step, 0, 4 - step, 4 - step})) < 1e-15);
  // m = 0.5*2 + 0.5*8 + 0.25*3*4 = 8.
  auto z =
      run(sgd, {HostTensor({3}, {4, 0, 4}), HostTensor({3}, {8, 0, 8}), HostTensor({3}, {2, 0, 2}),
                HostTensor({1}, {0.5}), HostTensor({1}, {3}), scalars()});
  CHECK(distance(z[0], HostTensor({3}, {4 - 0.1 * 0.5 * 8, 0, 4 - 0.1 * 0.5 * 8})) < 1e-15);
}

TEST_CASE("the first steps of adamw move by the rate, whatever the gradient", "[ir]") {
  const double beta1 = 0.9, beta2 = 0.999;
  for (double gradient : {1e-3, -7.0}) {
    HostTensor p({2, 2}), m({2, 2}), v({2, 2}), g({2, 2});
    for (double &x : g.values)
      x = gradient;
    for (int t = 1; t <= 3; ++t) {
      HostTensor s({16}, {1, 0.01, 0, 1 - beta1, beta2, 1 - beta2, 0, 1 - std::pow(beta1, t),
                          std::sqrt(1 - std::pow(beta2, t)), 0, 0, 0, 0, 0, 0, 0});
      auto y = run(kAdamw, {p, g, m, v, HostTensor({2}, {1, 1}), HostTensor({2}, {1, 1}), s});
      p = y[0], m = y[1], v = y[2];
      CHECK(p[0] == Approx(gradient > 0 ? -0.01 * t : 0.01 * t).epsilon(1e-12));
    }
  }
}

TEST_CASE("sgd by hand", "[ir]") {
  auto y = run(kSgd, {HostTensor({2, 2}, {4, 0, 4, 0}), HostTensor({2, 2}, {8, 0, 8, 0}),
                      HostTensor({2, 2}, {2, 0, 2, 0}), HostTensor({2}, {1, 2}),
                      HostTensor({2}, {1, 0}), scalars()});
  // g = 0.5*8 + 0.25*4 = 5 and 4; m = 0.5*2 + g.
  CHECK(distance(y[1], HostTensor({2, 2}, {6, 0, 5, 0})) < 1e-15);
  CHECK(distance(y[0], HostTensor({2, 2}, {4 - 0.1 * 6, 0, 4 - 0.2 * 5, 0})) < 1e-15);
}

TEST_CASE("an average moves by its share, and squares are summed a block", "[ir]") {
  auto y = run(
      R"((%e: tensor<2x3xf32>, %p: tensor<2x3xf32>, %s: tensor<16xf32>) -> (tensor<2x3xf32>, tensor<2xf32>) {
    %0 = cnx.average %e, %p, %s : tensor<2x3xf32>, tensor<2x3xf32>, tensor<16xf32>
    %1 = cnx.block_squares %p : tensor<2x3xf32>
    return %0, %1 : tensor<2x3xf32>, tensor<2xf32> })",
      {HostTensor({2, 3}, {8, 0, -8, 1, 2, 3}), HostTensor({2, 3}, {0, 8, 0, 1, 2, -2}),
       scalars()});
  CHECK(distance(y[0], HostTensor({2, 3}, {7, 1, -7, 1, 2, 2.375})) < 1e-15);
  CHECK(y[1].values == std::vector<double>{64, 9});
}

TEST_CASE("flops of the update", "[ir]") {
  auto flops = [](const char *function) {
    Program program("func.func @f" + std::string(function));
    return mlir::cast<ir::CostOpInterface>(program.function().getBody().front().front()).getFlops();
  };
  CHECK(flops(kAdamw) == 16 * 4);
  CHECK(flops(kSgd) == 7 * 4);
  CHECK(flops("(%e: tensor<2x3xf32>, %s: tensor<16xf32>) {\n%0 = cnx.average %e, %e, %s : "
              "tensor<2x3xf32>, tensor<2x3xf32>, tensor<16xf32>\nreturn }") == 3 * 6);
  CHECK(flops("(%e: tensor<2x3xf32>) {\n%0 = cnx.block_squares %e : tensor<2x3xf32>\nreturn }") ==
        2 * 6);
}
