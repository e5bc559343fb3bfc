// Ops that act on each channel or each sample, by hand. Vectors may carry padding, which must not
// be read.
#include "tests/support/catch.h"
#include "tests/unit/ir/Text.h"

#include <limits>

using namespace cnx::test;
using cnx::ir::HostTensor;

namespace {

const double nan = std::numeric_limits<double>::quiet_NaN();

// 3 values, then NaN up to 16.
HostTensor padded(double a, double b, double c) {
  HostTensor v({16}, std::vector<double>(16, nan));
  v[0] = a;
  v[1] = b;
  v[2] = c;
  return v;
}

} // namespace

TEST_CASE("affine", "[ir]") {
  HostTensor x({2, 3}, {1, 2, 3, 4, 5, 6});
  auto y = run(R"((%x: tensor<2x3xf32>, %g: tensor<3xf32>, %b: tensor<16xf32>) -> tensor<2x3xf32> {
    %0 = cnx.affine %x, %g, %b : tensor<2x3xf32>, tensor<3xf32>, tensor<16xf32>
    return %0 : tensor<2x3xf32> })",
               {x, HostTensor({3}, {1, 10, 100}), padded(0.5, 0.25, -1)});
  CHECK(y[0].values == std::vector<double>{1.5, 20.25, 299, 4.5, 50.25, 599});
}

TEST_CASE("channel_bias and scale", "[ir]") {
  HostTensor x({1, 1, 2, 3}, {1, 2, 3, 4, 5, 6});
  auto y = run(
      R"((%x: tensor<1x1x2x3xf32>, %v: tensor<16xf32>) -> (tensor<1x1x2x3xf32>, tensor<1x1x2x3xf32>) {
    %0 = cnx.channel_bias %x, %v : tensor<1x1x2x3xf32>, tensor<16xf32>
    %1 = cnx.scale %x, %v : tensor<1x1x2x3xf32>, tensor<16xf32>
    return %0, %1 : tensor<1x1x2x3xf32>, tensor<1x1x2x3xf32> })",
      {x, padded(2, -1, 0.5)});
  CHECK(y[0].values == std::vector<double>{3, 1, 3.5, 6, 4, 6.5});
  CHECK(y[1].values == std::vector<double>{2, -2, 1.5, 8, -5, 3});
}

TEST_CASE("drop_path multiplies whole samples", "[ir]") {
  HostTensor x({3, 1, 1, 2}, {1, 2, 3, 4, 5, 6});
  auto y = run(R"((%x: tensor<3x1x1x2xf32>, %s: tensor<3xf32>) -> tensor<3x1x1x2xf32> {
    %0 = cnx.drop_path %x, %s rate = 0.5 site = 1 : tensor<3x1x1x2xf32>, tensor<3xf32>
    return %0 : tensor<3x1x1x2xf32> })",
               {x, HostTensor({3}, {2, 0, 2})});
  CHECK(y[0].values == std::vector<double>{2, 4, 0, 0, 10, 12});
}

TEST_CASE("add", "[ir]") {
  auto y = run(R"((%a: tensor<1x3xf32>, %b: tensor<1x3xf32>) -> tensor<1x3xf32> {
    %0 = cnx.add %a, %b : tensor<1x3xf32>, tensor<1x3xf32>
    return %0 : tensor<1x3xf32> })",
               {HostTensor({1, 3}, {1, 2, 3}), HostTensor({1, 3}, {10, -2, 0.5})});
  CHECK(y[0].values == std::vector<double>{11, 0, 3.5});
}

TEST_CASE("image_scale multiplies each image and channel", "[ir]") {
  auto y =
      run(R"((%x: tensor<2x1x2x2xf32>, %u: tensor<2x2xf32>) -> tensor<2x1x2x2xf32> {
    %0 = cnx.image_scale %x, %u : tensor<2x1x2x2xf32>, tensor<2x2xf32>
    return %0 : tensor<2x1x2x2xf32> })",
          {HostTensor({2, 1, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8}), HostTensor({2, 2}, {1, 10, 0, -1})});
  CHECK(y[0].values == std::vector<double>{1, 20, 3, 40, 0, -6, 0, -8});
}
