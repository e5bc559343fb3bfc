// The matrix product, by hand, by columns and in panels.
#include "tests/support/catch.h"
#include "tests/unit/ir/Text.h"

using namespace cnx::test;
using cnx::ir::HostTensor;

TEST_CASE("linear by hand", "[ir]") {
  auto y = run(
      R"((%x: tensor<2x3xf32>, %w: tensor<2x3xf32>, %b: tensor<2xf32>) -> (tensor<2x2xf32>, tensor<2x2xf32>) {
    %0 = cnx.linear %x, %w, %b features = 2 : tensor<2x3xf32>, tensor<2x3xf32>, tensor<2xf32>
    %1 = cnx.linear %x, %w features = 2 : tensor<2x3xf32>, tensor<2x3xf32>
    return %0, %1 : tensor<2x2xf32>, tensor<2x2xf32> })",
      {HostTensor({2, 3}, {1, 2, 3, 0, -1, 1}), HostTensor({2, 3}, {1, 10, 100, 2, 0, -1}),
       HostTensor({2}, {0.5, -7})});
  CHECK(y[0].values == std::vector<double>{321.5, -8, 90.5, -8});
  CHECK(y[1].values == std::vector<double>{321, -1, 90, -1});
}

TEST_CASE("linear on a map treats pixels as rows; panels give the same", "[ir]") {
  HostTensor x = noise({2, 2, 3, 5}, 1), w = noise({18, 5}, 2), b = noise({18}, 3);
  // Outer products: one input channel at a time.
  HostTensor expected({2, 2, 3, 18});
  for (int64_t k = 0; k < 5; ++k)
    for (int64_t r = 0; r < 12; ++r)
      for (int64_t n = 0; n < 18; ++n)
        expected[r * 18 + n] += x[r * 5 + k] * w.at({n, k}) + (k == 4 ? b[n] : 0);
  auto y = run(
      R"((%x: tensor<2x2x3x5xf32>, %w: tensor<18x5xf32>, %b: tensor<18xf32>) -> (tensor<2x2x3x18xf32>, tensor<2x2x3x18xf32>) {
    %0 = cnx.linear %x, %w, %b features = 18 : tensor<2x2x3x5xf32>, tensor<18x5xf32>, tensor<18xf32>
    %p = cnx.pack_panels %w : tensor<18x5xf32>
    %v = cnx.pad_vector %b : tensor<18xf32>
    %1 = cnx.linear %x, %p, %v features = 18 : tensor<2x2x3x5xf32>, tensor<2x5x16xf32>, tensor<32xf32>
    return %0, %1 : tensor<2x2x3x18xf32>, tensor<2x2x3x18xf32> })",
      {x, w, b});
  CHECK(distance(y[0], expected) < 1e-14);
  CHECK(y[0].values == y[1].values);
}
