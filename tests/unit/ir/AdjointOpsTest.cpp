// The ops of the backward pass and the loss, by hand and where a derivative alone does not lead:
// the edges of maps, dead channels, ignored samples, costs.
#include "ir/CnxOps.h"
#include "tests/support/catch.h"
#include "tests/unit/ir/Text.h"

#include <cmath>
#include <limits>

using namespace cnx;
using namespace cnx::test;
using ir::HostTensor;

namespace {

const char *const kLoss =
    R"((%z: tensor<3x4xf32>, %q: tensor<3x4xf32>, %w: tensor<3xf32>) -> (tensor<1xf32>, tensor<3x4xf32>) {
    %0, %1 = cnx.softmax_xent %z, %q, %w : tensor<3x4xf32>, tensor<3x4xf32>, tensor<3xf32>
    return %0, %1 : tensor<1xf32>, tensor<3x4xf32> })";

} // namespace

TEST_CASE("softmax_xent of equal logits is the logarithm of the class count", "[ir]") {
  HostTensor z({3, 4}, {2, 2, 2, 2, -1, -1, -1, -1, 0, 0, 0, 0});
  HostTensor q({3, 4}, {1, 0, 0, 0, 0, 0.5, 0.5, 0, 0, 0, 0, 3});
  auto y = run(kLoss, {z, q, HostTensor({3}, {0.5, 0.25, 1})});
  CHECK(y[0][0] == Approx((0.5 + 0.25 + 3) * std::log(4.0)).epsilon(1e-14));
  const HostTensor expected({3, 4}, {-0.375, 0.125, 0.125, 0.125, 0.0625, -0.0625, -0.0625, 0.0625,
                                     0.75, 0.75, 0.75, -2.25});
  CHECK(distance(y[1], expected) < 1e-15);
}

TEST_CASE("dlogits are the derivative of the loss, targets normalised or not", "[ir]") {
  HostTensor z = noise({3, 4}, 1), q = noise({3, 4}, 2), w = noise({3}, 3);
  const HostTensor found = run(kLoss, {z, q, w})[1];
  constexpr double step = 1e-3;
  Program program("func.func @f" + std::string(kLoss));
  for (int64_t i = 0; i < z.size(); ++i) {
    auto at = [&](double offset) {
      HostTensor moved = z;
      moved[i] += offset;
      return program.run({moved, q, w})[0][0];
    };
    const double slope =
        (8 * (at(step) - at(-step)) - (at(2 * step) - at(-2 * step))) / (12 * step);
    CHECK(found[i] == Approx(slope).epsilon(1e-9).margin(1e-11));
  }
}

TEST_CASE("a sample of weight 0 contributes nothing, and large logits stay finite", "[ir]") {
  HostTensor z({3, 4},
               {1e4, -1e4, 0, 0, std::numeric_limits<double>::infinity(), 0, 0, 0, 0, 0, 0, 0});
  HostTensor q({3, 4}, {0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0});
  auto y = run(kLoss, {z, q, HostTensor({3}, {1, 0, 1})});
  CHECK(y[0][0] == 2e4);
  CHECK(distance(y[1], HostTensor({3, 4}, {1, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})) == 0);
}

TEST_CASE("rows and columns that fill no window have no gradient", "[ir]") {
  // 1x2 windows of 2x2 on a map of 3x5; weight 1, 2, 3, 4.
  auto y = run(
      R"((%dy: tensor<1x1x2x1xf32>, %w: tensor<1x1x2x2xf32>, %x: tensor<1x3x5x1xf32>) -> (tensor<1x3x5x1xf32>, tensor<1x1x2x2xf32>) {
    %0 = cnx.patch_conv_grad_input %dy, %w kernel = 2 channels = 1 height = 3 width = 5 : tensor<1x1x2x1xf32>, tensor<1x1x2x2xf32>
    %1 = cnx.patch_conv_grad_weight %dy, %x kernel = 2 : tensor<1x1x2x1xf32>, tensor<1x3x5x1xf32>
    return %0, %1 : tensor<1x3x5x1xf32>, tensor<1x1x2x2xf32> })",
      {HostTensor({1, 1, 2, 1}, {10, 100}), HostTensor({1, 1, 2, 2}, {1, 2, 3, 4}),
       HostTensor({1, 3, 5, 1}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15})});
  CHECK(distance(y[0], HostTensor({1, 3, 5, 1},
                                  {10, 20, 100, 200, 0, 30, 40, 300, 400, 0, 0, 0, 0, 0, 0})) == 0);
  CHECK(distance(y[1], HostTensor({1, 1, 2, 2}, {310, 420, 860, 970})) == 0);
}

TEST_CASE("a depthwise gradient meets the zeros outside: corner taps of a 1x2 map", "[ir]") {
  auto y = run(
      R"((%dy: tensor<1x1x2x1xf32>, %w: tensor<1x1x3x3xf32>, %x: tensor<1x1x2x1xf32>, %t: tensor<3x3x16xf32>) -> (tensor<1x1x2x1xf32>, tensor<1x1x3x3xf32>, tensor<1x1x2x1xf32>) {
    %0 = cnx.dwconv_grad_input %dy, %w kernel = 3 : tensor<1x1x2x1xf32>, tensor<1x1x3x3xf32>
    %1 = cnx.dwconv_grad_weight %dy, %x kernel = 3 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
    %2 = cnx.dwconv_grad_input %dy, %t kernel = 3 : tensor<1x1x2x1xf32>, tensor<3x3x16xf32>
    return %0, %1, %2 : tensor<1x1x2x1xf32>, tensor<1x1x3x3xf32>, tensor<1x1x2x1xf32> })",
      {HostTensor({1, 1, 2, 1}, {2, 3}), HostTensor({1, 1, 3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9}),
       HostTensor({1, 1, 2, 1}, {10, 100}), [] {
         HostTensor taps({3, 3, 16});
         for (int64_t tap = 0; tap < 9; ++tap)
           taps[tap * 16] = static_cast<double>(tap + 1);
         return taps;
       }()});
  // Forward: y0 = 5 x0 + 6 x1, y1 = 4 x0 + 5 x1.
  CHECK(distance(y[0], HostTensor({1, 1, 2, 1}, {2 * 5 + 3 * 4, 2 * 6 + 3 * 5})) == 0);
  CHECK(distance(y[1], HostTensor({1, 1, 3, 3},
                                  {0, 0, 0, 3 * 10, 2 * 10 + 3 * 100, 2 * 100, 0, 0, 0})) == 0);
  CHECK(y[2].values == y[0].values);
}

TEST_CASE("a channel that is zero everywhere has a finite gradient: none by its norm", "[ir]") {
  // G = (5, 0), D = 2.5 + 0.5, Nrm = (5/3, 0).
  auto y = run(
      R"((%x: tensor<1x1x2x2xf32>, %g: tensor<2xf32>, %du: tensor<1x2xf32>) -> (tensor<1x2xf32>, tensor<2xf32>) {
    %0, %1 = cnx.grn_factor_grad %x, %g, %du eps = 0.5 : tensor<1x1x2x2xf32>, tensor<2xf32>, tensor<1x2xf32>
    return %0, %1 : tensor<1x2xf32>, tensor<2xf32> })",
      {HostTensor({1, 1, 2, 2}, {3, 0, 4, 0}), HostTensor({2}, {3, 7}),
       HostTensor({1, 2}, {2, 11})});
  const double mean = 6 * (5.0 / 3) / 2;
  CHECK(distance(y[0], HostTensor({1, 2}, {(6 - mean) / 15, 0})) < 1e-15);
  CHECK(distance(y[1], HostTensor({2}, {2 * (5.0 / 3), 0})) < 1e-15);
}

TEST_CASE("flops of the backward ops", "[ir]") {
  auto flops = [](const std::string &op) {
    Program program(
        "func.func @f(%x: tensor<2x4x6x3xf32>, %dy: tensor<2x2x3x5xf32>, %m: "
        "tensor<2x4x6x7xf32>, %w: tensor<5x3x2x2xf32>, %l: tensor<7x3xf32>, %u: "
        "tensor<2x3xf32>, %v: tensor<3xf32>, %s: tensor<2xf32>, %d: tensor<3x1x7x7xf32>, "
        "%r: tensor<2x4x6xf32>) {\n" +
        op + "\nreturn }");
    return mlir::cast<ir::CostOpInterface>(program.function().getBody().front().front()).getFlops();
  };
  const std::string x = "tensor<2x4x6x3xf32>", dy = "tensor<2x2x3x5xf32>",
                    m = "tensor<2x4x6x7xf32>", u = "tensor<2x3xf32>";
  CHECK(flops("%0 = cnx.sum_rows %x : " + x) == 144);
  CHECK(flops("%0 = cnx.sum_rows_product %x, %x : " + x + ", " + x) == 288);
  CHECK(flops("%0 = cnx.sum_image_product %x, %x : " + x + ", " + x) == 288);
  CHECK(flops("%0 = cnx.gelu_grad %x, %x : " + x + ", " + x) == 11 * 144);
  CHECK(flops("%0 = cnx.linear_grad_input %m, %l : " + m + ", tensor<7x3xf32>") == 2 * 48 * 7 * 3);
  CHECK(flops("%0 = cnx.linear_grad_weight %m, %x : " + m + ", " + x) == 2 * 48 * 7 * 3);
  CHECK(flops("%0 = cnx.layer_norm_grad %x, %x, %r : " + x + ", " + x + ", tensor<2x4x6xf32>") ==
        7 * 144 + 2 * 48);
  CHECK(
      flops(
          "%0 = cnx.patch_conv_grad_input %dy, %w kernel = 2 channels = 3 height = 4 width = 6 : " +
          dy + ", tensor<5x3x2x2xf32>") == 2 * 60 * 12);
  CHECK(flops("%0 = cnx.patch_conv_grad_weight %dy, %x kernel = 2 : " + dy + ", " + x) ==
        2 * 60 * 12);
  CHECK(flops("%0 = cnx.dwconv_grad_input %x, %d kernel = 7 : " + x + ", tensor<3x1x7x7xf32>") ==
        2 * 144 * 49);
  CHECK(flops("%0 = cnx.dwconv_grad_weight %x, %x kernel = 7 : " + x + ", " + x) == 2 * 144 * 49);
  CHECK(flops("%0, %1 = cnx.grn_factor_grad %x, %v, %u eps = 0.5 : " + x + ", tensor<3xf32>, " +
              u) == 288 + 12 * 6);
  CHECK(flops("%0, %1 = cnx.grn_factor_grad %u, %v, %u eps = 0.5 : " + u + ", tensor<3xf32>, " +
              u) == 11 * 6);
  CHECK(flops("%0 = cnx.grn_factor %u, %v eps = 0.5 : " + u + ", tensor<3xf32>") == 4 * 6);
  CHECK(flops("%0 = cnx.image_norm %x : " + x) == 288 + 6);
  CHECK(flops("%0 = cnx.mean_pool_grad %u height = 4 width = 6 : " + u) == 6);
  CHECK(flops("%0, %1 = cnx.softmax_xent %u, %u, %s : " + u + ", " + u + ", tensor<2xf32>") ==
        12 * 6 + 4 * 2);
}
