// Gradients in the form in which trained parameters live, and transposed panels: element by element
// against the plain form, and zero elsewhere.
#include "ir/CnxOps.h"
#include "tests/support/catch.h"
#include "tests/unit/ir/Text.h"

using namespace cnx;
using namespace cnx::test;
using ir::HostTensor;

namespace {

// Calls at(index) for every index of the shape.
template <typename At> void each(const std::vector<int64_t> &shape, const At &at) {
  std::vector<int64_t> index(shape.size());
  const int64_t count = HostTensor(shape).size();
  for (int64_t flat = 0; flat < count; ++flat) {
    int64_t rest = flat;
    for (size_t axis = shape.size(); axis-- > 0;) {
      index[axis] = rest % shape[axis];
      rest /= shape[axis];
    }
    at(index, flat);
  }
}

} // namespace

TEST_CASE("packed sums are padded with zeros", "[ir]") {
  const HostTensor a = noise({2, 2, 3, 18}, 1), b = noise({2, 2, 3, 18}, 2);
  auto y = run(
      R"((%a: tensor<2x2x3x18xf32>, %b: tensor<2x2x3x18xf32>) -> (tensor<18xf32>, tensor<32xf32>, tensor<18xf32>, tensor<32xf32>) {
    %0 = cnx.sum_rows %a : tensor<2x2x3x18xf32>
    %1 = cnx.sum_rows %a packed : tensor<2x2x3x18xf32>
    %2 = cnx.sum_rows_product %a, %b : tensor<2x2x3x18xf32>, tensor<2x2x3x18xf32>
    %3 = cnx.sum_rows_product %a, %b packed : tensor<2x2x3x18xf32>, tensor<2x2x3x18xf32>
    return %0, %1, %2, %3 : tensor<18xf32>, tensor<32xf32>, tensor<18xf32>, tensor<32xf32> })",
      {a, b});
  for (size_t plain : {0u, 2u})
    for (int64_t c = 0; c < 32; ++c)
      CHECK(y[plain + 1][c] == (c < 18 ? y[plain][c] : 0));
}

TEST_CASE("the gradient of GRN's gain is padded, its factor is not", "[ir]") {
  auto y = run(
      R"((%x: tensor<2x2x3x5xf32>, %g: tensor<16xf32>, %du: tensor<2x5xf32>) -> (tensor<2x5xf32>, tensor<5xf32>, tensor<2x5xf32>, tensor<16xf32>) {
    %0, %1 = cnx.grn_factor_grad %x, %g, %du eps = 0.5 : tensor<2x2x3x5xf32>, tensor<16xf32>, tensor<2x5xf32>
    %2, %3 = cnx.grn_factor_grad %x, %g, %du eps = 0.5 packed : tensor<2x2x3x5xf32>, tensor<16xf32>, tensor<2x5xf32>
    return %0, %1, %2, %3 : tensor<2x5xf32>, tensor<5xf32>, tensor<2x5xf32>, tensor<16xf32> })",
      {noise({2, 2, 3, 5}, 1), noise({16}, 2), noise({2, 5}, 3)});
  CHECK(distance(y[0], y[2]) == 0);
  for (int64_t c = 0; c < 16; ++c)
    CHECK(y[3][c] == (c < 5 ? y[1][c] : 0));
}

TEST_CASE("packed gradients of matrices and patch convolutions are panels", "[ir]") {
  auto y = run(
      R"((%dy: tensor<3x20xf32>, %x: tensor<3x5xf32>, %dz: tensor<1x2x2x20xf32>, %m: tensor<1x4x5x3xf32>) -> (tensor<20x5xf32>, tensor<2x5x16xf32>, tensor<20x3x2x2xf32>, tensor<2x12x16xf32>) {
    %0 = cnx.linear_grad_weight %dy, %x : tensor<3x20xf32>, tensor<3x5xf32>
    %1 = cnx.linear_grad_weight %dy, %x packed : tensor<3x20xf32>, tensor<3x5xf32>
    %2 = cnx.patch_conv_grad_weight %dz, %m kernel = 2 : tensor<1x2x2x20xf32>, tensor<1x4x5x3xf32>
    %3 = cnx.patch_conv_grad_weight %dz, %m kernel = 2 packed : tensor<1x2x2x20xf32>, tensor<1x4x5x3xf32>
    return %0, %1, %2, %3 : tensor<20x5xf32>, tensor<2x5x16xf32>, tensor<20x3x2x2xf32>, tensor<2x12x16xf32> })",
      {noise({3, 20}, 1), noise({3, 5}, 2), noise({1, 2, 2, 20}, 3), noise({1, 4, 5, 3}, 4)});
  each({2, 5, 16}, [&](const std::vector<int64_t> &i, int64_t flat) {
    const int64_t n = 16 * i[0] + i[2];
    CHECK(y[1][flat] == (n < 20 ? y[0].at({n, i[1]}) : 0));
  });
  each({2, 12, 16}, [&](const std::vector<int64_t> &i, int64_t flat) {
    const int64_t n = 16 * i[0] + i[2], tap = i[1] / 3, c = i[1] % 3;
    CHECK(y[3][flat] == (n < 20 ? y[2].at({n, c, tap / 2, tap % 2}) : 0));
  });
}

TEST_CASE("a packed gradient of a depthwise convolution is taps", "[ir]") {
  auto y = run(
      R"((%dy: tensor<1x3x4x5xf32>, %x: tensor<1x3x4x5xf32>) -> (tensor<5x1x3x3xf32>, tensor<3x3x16xf32>) {
    %0 = cnx.dwconv_grad_weight %dy, %x kernel = 3 : tensor<1x3x4x5xf32>, tensor<1x3x4x5xf32>
    %1 = cnx.dwconv_grad_weight %dy, %x kernel = 3 packed : tensor<1x3x4x5xf32>, tensor<1x3x4x5xf32>
    return %0, %1 : tensor<5x1x3x3xf32>, tensor<3x3x16xf32> })",
      {noise({1, 3, 4, 5}, 1), noise({1, 3, 4, 5}, 2)});
  each({3, 3, 16}, [&](const std::vector<int64_t> &i, int64_t flat) {
    CHECK(y[1][flat] == (i[2] < 5 ? y[0].at({i[2], 0, i[0], i[1]}) : 0));
  });
}

TEST_CASE("transposed panels hold every weight once, whatever lies in the padding", "[ir]") {
  const HostTensor panels =
      noise({2, 18, 16}, 1); // of a 20x18 matrix; rows 20..31 are no part of it
  auto y = run(R"((%p: tensor<2x18x16xf32>) -> tensor<2x20x16xf32> {
    %0 = cnx.transpose_panels %p features = 20 : tensor<2x18x16xf32>
    return %0 : tensor<2x20x16xf32> })",
               {panels});
  each({2, 20, 16}, [&](const std::vector<int64_t> &i, int64_t flat) {
    const int64_t k = 16 * i[0] + i[2];
    CHECK(y[0][flat] == (k < 18 ? panels.at({i[1] / 16, k, i[1] % 16}) : 0));
  });
}

TEST_CASE("a transposed weight, packed at compile time, is what transposed panels are", "[ir]") {
  auto y = run(
      R"((%w: tensor<20x18xf32>, %o: tensor<20x3x2x2xf32>) -> (tensor<18x20xf32>, tensor<12x20xf32>, tensor<2x20x16xf32>, tensor<2x20x16xf32>, tensor<1x20x16xf32>, tensor<1x20x16xf32>) {
    %0 = cnx.transpose %w : tensor<20x18xf32>
    %1 = cnx.transpose %o : tensor<20x3x2x2xf32>
    %2 = cnx.pack_panels %0 : tensor<18x20xf32>
    %3 = cnx.pack_panels %w : tensor<20x18xf32>
    %4 = cnx.transpose_panels %3 features = 20 : tensor<2x18x16xf32>
    %5 = cnx.pack_panels %1 : tensor<12x20xf32>
    %6 = cnx.pack_panels %o : tensor<20x3x2x2xf32>
    %7 = cnx.transpose_panels %6 features = 20 : tensor<2x12x16xf32>
    return %0, %1, %2, %4, %5, %7 : tensor<18x20xf32>, tensor<12x20xf32>, tensor<2x20x16xf32>, tensor<2x20x16xf32>, tensor<1x20x16xf32>, tensor<1x20x16xf32> })",
      {noise({20, 18}, 1), noise({20, 3, 2, 2}, 2)});
  const HostTensor w = noise({20, 18}, 1), o = noise({20, 3, 2, 2}, 2);
  each({18, 20}, [&](const std::vector<int64_t> &i, int64_t flat) {
    CHECK(y[0][flat] == w.at({i[1], i[0]}));
  });
  each({12, 20}, [&](const std::vector<int64_t> &i, int64_t flat) {
    const int64_t tap = i[0] / 3;
    CHECK(y[1][flat] == o.at({i[1], i[0] % 3, tap / 2, tap % 2}));
  });
  CHECK(distance(y[2], y[3]) == 0);
  CHECK(distance(y[4], y[5]) == 0);
}

TEST_CASE("input gradients by transposed panels are those by the weight", "[ir]") {
  auto y = run(
      R"((%dy: tensor<3x20xf32>, %w: tensor<20x18xf32>, %dz: tensor<1x2x2x20xf32>, %o: tensor<20x3x2x2xf32>) -> (tensor<3x18xf32>, tensor<3x18xf32>, tensor<1x5x4x3xf32>, tensor<1x5x4x3xf32>) {
    %0 = cnx.linear_grad_input %dy, %w : tensor<3x20xf32>, tensor<20x18xf32>
    %p = cnx.pack_panels %w : tensor<20x18xf32>
    %t = cnx.transpose_panels %p features = 20 : tensor<2x18x16xf32>
    %1 = cnx.linear %dy, %t features = 18 : tensor<3x20xf32>, tensor<2x20x16xf32>
    %2 = cnx.patch_conv_grad_input %dz, %o kernel = 2 channels = 3 height = 5 width = 4 : tensor<1x2x2x20xf32>, tensor<20x3x2x2xf32>
    %q = cnx.pack_panels %o : tensor<20x3x2x2xf32>
    %u = cnx.transpose_panels %q features = 20 : tensor<2x12x16xf32>
    %3 = cnx.patch_conv_grad_input %dz, %u kernel = 2 channels = 3 height = 5 width = 4 : tensor<1x2x2x20xf32>, tensor<1x20x16xf32>
    return %0, %1, %2, %3 : tensor<3x18xf32>, tensor<3x18xf32>, tensor<1x5x4x3xf32>, tensor<1x5x4x3xf32> })",
      {noise({3, 20}, 1), noise({20, 18}, 2), noise({1, 2, 2, 20}, 3), noise({20, 3, 2, 2}, 4)});
  CHECK(distance(y[0], y[1]) < 1e-14);
  CHECK(distance(y[2], y[3]) < 1e-14);
}
