// Folding must not change what a layer computes; packing must put every number where the layout
// says.
#include "ir/CnxOps.h"
#include "ir/Panels.h"
#include "tests/support/catch.h"
#include "tests/unit/ir/Text.h"

using namespace cnx::test;
using cnx::ir::HostTensor;

TEST_CASE("constant holds its numbers", "[ir]") {
  auto y = run(R"(() -> tensor<2xf32> {
    %0 = cnx.constant [0.1, -2.0]
    return %0 : tensor<2xf32> })",
               {});
  CHECK(y[0].values == std::vector<double>{0.1, -2});
}

TEST_CASE("fold_in, fold_out and fold_bias by hand", "[ir]") {
  HostTensor w({2, 3}, {1, 2, 3, 4, 5, 6}), k({3}, {1, 10, 100}), n({2}, {2, -1});
  auto y = run(R"((%w: tensor<2x3xf32>, %k: tensor<3xf32>, %n: tensor<2xf32>)
      -> (tensor<2x3xf32>, tensor<2x3xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) {
    %0 = cnx.fold_in %w, %k : tensor<2x3xf32>, tensor<3xf32>
    %1 = cnx.fold_out %w, %n : tensor<2x3xf32>, tensor<2xf32>
    %2 = cnx.fold_out %n, %n : tensor<2xf32>, tensor<2xf32>
    %3 = cnx.fold_bias %n, %w, %k : tensor<2xf32>, tensor<2x3xf32>, tensor<3xf32>
    %4 = cnx.fold_bias %w, %k : tensor<2x3xf32>, tensor<3xf32>
    return %0, %1, %2, %3, %4 : tensor<2x3xf32>, tensor<2x3xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32> })",
               {w, k, n});
  CHECK(y[0].values == std::vector<double>{1, 20, 300, 4, 50, 600});
  CHECK(y[1].values == std::vector<double>{2, 4, 6, -4, -5, -6});
  CHECK(y[2].values == std::vector<double>{4, 1});
  CHECK(y[3].values == std::vector<double>{323, 653});
  CHECK(y[4].values == std::vector<double>{321, 654});
}

TEST_CASE("an affine folded into linear computes the same", "[ir]") {
  auto y = run(
      R"((%x: tensor<3x6xf32>, %g: tensor<6xf32>, %t: tensor<6xf32>, %w: tensor<4x6xf32>, %b: tensor<4xf32>) -> (tensor<3x4xf32>, tensor<3x4xf32>) {
    %a = cnx.affine %x, %g, %t : tensor<3x6xf32>, tensor<6xf32>, tensor<6xf32>
    %0 = cnx.linear %a, %w, %b features = 4 : tensor<3x6xf32>, tensor<4x6xf32>, tensor<4xf32>
    %fw = cnx.fold_in %w, %g : tensor<4x6xf32>, tensor<6xf32>
    %fb = cnx.fold_bias %b, %w, %t : tensor<4xf32>, tensor<4x6xf32>, tensor<6xf32>
    %1 = cnx.linear %x, %fw, %fb features = 4 : tensor<3x6xf32>, tensor<4x6xf32>, tensor<4xf32>
    return %0, %1 : tensor<3x4xf32>, tensor<3x4xf32> })",
      {noise({3, 6}, 1), noise({6}, 2), noise({6}, 3), noise({4, 6}, 4), noise({4}, 5)});
  CHECK(distance(y[0], y[1]) < 1e-14);
}

TEST_CASE("affine and layer scale folded into patch_conv compute the same", "[ir]") {
  auto y = run(
      R"((%x: tensor<1x4x5x3xf32>, %g: tensor<3xf32>, %t: tensor<3xf32>, %w: tensor<7x3x2x2xf32>, %b: tensor<7xf32>, %s: tensor<7xf32>)
      -> (tensor<1x2x2x7xf32>, tensor<1x2x2x7xf32>) {
    %a = cnx.affine %x, %g, %t : tensor<1x4x5x3xf32>, tensor<3xf32>, tensor<3xf32>
    %c = cnx.patch_conv %a, %w, %b kernel = 2 features = 7 : tensor<1x4x5x3xf32>, tensor<7x3x2x2xf32>, tensor<7xf32>
    %0 = cnx.scale %c, %s : tensor<1x2x2x7xf32>, tensor<7xf32>
    %fi = cnx.fold_in %w, %g : tensor<7x3x2x2xf32>, tensor<3xf32>
    %fw = cnx.fold_out %fi, %s : tensor<7x3x2x2xf32>, tensor<7xf32>
    %bb = cnx.fold_bias %b, %w, %t : tensor<7xf32>, tensor<7x3x2x2xf32>, tensor<3xf32>
    %fb = cnx.fold_out %bb, %s : tensor<7xf32>, tensor<7xf32>
    %1 = cnx.patch_conv %x, %fw, %fb kernel = 2 features = 7 : tensor<1x4x5x3xf32>, tensor<7x3x2x2xf32>, tensor<7xf32>
    return %0, %1 : tensor<1x2x2x7xf32>, tensor<1x2x2x7xf32> })",
      {noise({1, 4, 5, 3}, 1), noise({3}, 2), noise({3}, 3), noise({7, 3, 2, 2}, 4), noise({7}, 5),
       noise({7}, 6)});
  CHECK(distance(y[0], y[1]) < 1e-13);
}

TEST_CASE("pack_panels: [ceil(N/16)][K][16], zeros behind", "[ir]") {
  HostTensor w = noise({18, 5}, 1);
  HostTensor p = run(R"((%w: tensor<18x5xf32>) -> tensor<2x5x16xf32> {
    %0 = cnx.pack_panels %w : tensor<18x5xf32>
    return %0 : tensor<2x5x16xf32> })",
                     {w})[0];
  for (int64_t i = 0; i < p.size(); ++i) {
    int64_t n = i / 80 * 16 + i % 16, k = i / 16 % 5;
    CHECK(p[i] == (n < 18 ? w[n * 5 + k] : 0));
  }
}

TEST_CASE("pack_panels of a patch convolution: inner index (u*k + v)*Ci + c", "[ir]") {
  HostTensor w({1, 3, 2, 2}, {0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23});
  HostTensor p = run(R"((%w: tensor<1x3x2x2xf32>) -> tensor<1x12x16xf32> {
    %0 = cnx.pack_panels %w : tensor<1x3x2x2xf32>
    return %0 : tensor<1x12x16xf32> })",
                     {w})[0];
  std::vector<double> lane0;
  for (int64_t k = 0; k < 12; ++k)
    lane0.push_back(p[k * 16]);
  CHECK(lane0 == std::vector<double>{0, 10, 20, 1, 11, 21, 2, 12, 22, 3, 13, 23});
}

TEST_CASE("pack_taps: [k][k][C up to 16]; pad_vector", "[ir]") {
  HostTensor w({2, 1, 3, 3}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 16, 17, 18});
  auto y =
      run(R"((%w: tensor<2x1x3x3xf32>, %v: tensor<3xf32>) -> (tensor<3x3x16xf32>, tensor<16xf32>) {
    %0 = cnx.pack_taps %w : tensor<2x1x3x3xf32>
    %1 = cnx.pad_vector %v : tensor<3xf32>
    return %0, %1 : tensor<3x3x16xf32>, tensor<16xf32> })",
          {w, HostTensor({3}, {1, 2, 3})});
  for (int64_t t = 0; t < 9; ++t)
    for (int64_t c = 0; c < 16; ++c)
      CHECK(y[0][t * 16 + c] == (c < 2 ? static_cast<double>(t + 10 * c) : 0));
  CHECK(y[1].values == std::vector<double>{1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
}

TEST_CASE("weight expressions know that they are", "[ir]") {
  Program program(R"(
    cnx.weight @w : tensor<2x3xf32>
    func.func @f(%x: tensor<1x3xf32>) {
      %0 = cnx.get_weight @w : tensor<2x3xf32>
      %1 = cnx.constant [1.0, 2.0, 3.0]
      %2 = cnx.fold_in %0, %1 : tensor<2x3xf32>, tensor<3xf32>
      %3 = cnx.linear %x, %2 features = 2 : tensor<1x3xf32>, tensor<2x3xf32>
      return
    })");
  for (mlir::Operation &op : program.function().getBody().front().without_terminator())
    CHECK(cnx::ir::isWeightOnly(&op) == !mlir::isa<cnx::ir::LinearOp>(op));
}
