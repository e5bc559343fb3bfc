// The reference gathers what an output needs; these tests scatter what an input contributes.
#include "tests/support/catch.h"
#include "tests/unit/ir/Text.h"

using namespace cnx::test;
using cnx::ir::HostTensor;

TEST_CASE("patch_conv by hand", "[ir]") {
  auto y = run(
      R"((%x: tensor<1x2x2x1xf32>, %w: tensor<1x1x2x2xf32>, %b: tensor<1xf32>) -> tensor<1x1x1x1xf32> {
    %0 = cnx.patch_conv %x, %w, %b kernel = 2 features = 1 : tensor<1x2x2x1xf32>, tensor<1x1x2x2xf32>, tensor<1xf32>
    return %0 : tensor<1x1x1x1xf32> })",
      {HostTensor({1, 2, 2, 1}, {1, 2, 3, 4}), HostTensor({1, 1, 2, 2}, {1, 10, 100, 1000}),
       HostTensor({1}, {0.5})});
  CHECK(y[0].values == std::vector<double>{4321.5});
}

TEST_CASE("patch_conv drops rows and columns that fill no patch", "[ir]") {
  // 5x7 pixels of 3 channels, patches of 2x2: 2x3 outputs; row 4 and column 6 count nowhere.
  HostTensor x = noise({2, 5, 7, 3}, 1), w = noise({4, 3, 2, 2}, 2);
  HostTensor expected({2, 2, 3, 4});
  for (int64_t n = 0; n < 2; ++n)
    for (int64_t row = 0; row < 5; ++row)
      for (int64_t column = 0; column < 7; ++column)
        for (int64_t c = 0; c < 3; ++c)
          for (int64_t o = 0; o < 4; ++o)
            if (row < 4 && column < 6)
              expected.at({n, row / 2, column / 2, o}) +=
                  x.at({n, row, column, c}) * w.at({o, c, row % 2, column % 2});
  auto y = run(R"((%x: tensor<2x5x7x3xf32>, %w: tensor<4x3x2x2xf32>) -> tensor<2x2x3x4xf32> {
    %0 = cnx.patch_conv %x, %w kernel = 2 features = 4 : tensor<2x5x7x3xf32>, tensor<4x3x2x2xf32>
    return %0 : tensor<2x2x3x4xf32> })",
               {x, w});
  CHECK(distance(y[0], expected) < 1e-14);
}

TEST_CASE("patch_conv reads panels as the weight that they were packed from", "[ir]") {
  auto y = run(
      R"((%x: tensor<1x4x4x3xf32>, %w: tensor<18x3x2x2xf32>, %b: tensor<18xf32>) -> (tensor<1x2x2x18xf32>, tensor<1x2x2x18xf32>) {
    %0 = cnx.patch_conv %x, %w, %b kernel = 2 features = 18 : tensor<1x4x4x3xf32>, tensor<18x3x2x2xf32>, tensor<18xf32>
    %p = cnx.pack_panels %w : tensor<18x3x2x2xf32>
    %v = cnx.pad_vector %b : tensor<18xf32>
    %1 = cnx.patch_conv %x, %p, %v kernel = 2 features = 18 : tensor<1x4x4x3xf32>, tensor<2x12x16xf32>, tensor<32xf32>
    return %0, %1 : tensor<1x2x2x18xf32>, tensor<1x2x2x18xf32> })",
      {noise({1, 4, 4, 3}, 1), noise({18, 3, 2, 2}, 2), noise({18}, 3)});
  CHECK(y[0].values == y[1].values);
}

TEST_CASE("dwconv of ones counts the neighbours inside the map", "[ir]") {
  HostTensor x({1, 3, 4, 1}, std::vector<double>(12, 1)),
      w({1, 1, 3, 3}, std::vector<double>(9, 1));
  auto y = run(R"((%x: tensor<1x3x4x1xf32>, %w: tensor<1x1x3x3xf32>) -> tensor<1x3x4x1xf32> {
    %0 = cnx.dwconv %x, %w kernel = 3 : tensor<1x3x4x1xf32>, tensor<1x1x3x3xf32>
    return %0 : tensor<1x3x4x1xf32> })",
               {x, w});
  CHECK(y[0].values == std::vector<double>{4, 6, 6, 4, 6, 9, 9, 6, 4, 6, 6, 4});
}

TEST_CASE("dwconv of an impulse is the kernel turned round, plus the bias", "[ir]") {
  // 7x7 taps on a 2x9 map: most taps meet padding.
  HostTensor x({1, 2, 9, 2}), w = noise({2, 1, 7, 7}, 5), b({2}, {0.25, -1});
  x.at({0, 1, 4, 1}) = 1;
  auto y = run(
      R"((%x: tensor<1x2x9x2xf32>, %w: tensor<2x1x7x7xf32>, %b: tensor<2xf32>) -> tensor<1x2x9x2xf32> {
    %0 = cnx.dwconv %x, %w, %b kernel = 7 : tensor<1x2x9x2xf32>, tensor<2x1x7x7xf32>, tensor<2xf32>
    return %0 : tensor<1x2x9x2xf32> })",
      {x, w, b});
  for (int64_t i = 0; i < 2; ++i)
    for (int64_t j = 0; j < 9; ++j) {
      CHECK(y[0].at({0, i, j, 0}) == 0.25);
      int64_t u = 1 - i + 3, v = 4 - j + 3;
      bool reached = v >= 0 && v < 7;
      CHECK(y[0].at({0, i, j, 1}) == (reached ? w.at({1, 0, u, v}) : 0) - 1);
    }
}

TEST_CASE("dwconv reads taps as the weight that they were packed from", "[ir]") {
  auto y = run(
      R"((%x: tensor<2x5x4x18xf32>, %w: tensor<18x1x5x5xf32>, %b: tensor<18xf32>) -> (tensor<2x5x4x18xf32>, tensor<2x5x4x18xf32>) {
    %0 = cnx.dwconv %x, %w, %b kernel = 5 : tensor<2x5x4x18xf32>, tensor<18x1x5x5xf32>, tensor<18xf32>
    %p = cnx.pack_taps %w : tensor<18x1x5x5xf32>
    %v = cnx.pad_vector %b : tensor<18xf32>
    %1 = cnx.dwconv %x, %p, %v kernel = 5 : tensor<2x5x4x18xf32>, tensor<5x5x32xf32>, tensor<32xf32>
    return %0, %1 : tensor<2x5x4x18xf32>, tensor<2x5x4x18xf32> })",
      {noise({2, 5, 4, 18}, 1), noise({18, 1, 5, 5}, 2), noise({18}, 3)});
  CHECK(y[0].values == y[1].values);
}
