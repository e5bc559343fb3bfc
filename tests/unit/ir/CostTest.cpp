// Flops against counts by hand; bytes against the sizes of what is touched.
#include "ir/CnxOps.h"
#include "tests/support/catch.h"
#include "tests/unit/ir/Text.h"

using namespace cnx;
using namespace cnx::test;

namespace {

std::pair<int64_t, int64_t> cost(const std::string &function) {
  Program program("func.func @f" + function);
  auto op = mlir::cast<ir::CostOpInterface>(program.function().getBody().front().front());
  return {op.getFlops(), op.getBytes()};
}

} // namespace

TEST_CASE("a convolution's flops are two a tap, and one for the bias", "[ir]") {
  // 2*3 outputs of 8 channels, each 4*4*3 taps. Bytes: 8*13*3 + 8*48 + 8 + 48 numbers.
  CHECK(cost(R"((%x: tensor<1x8x13x3xf32>, %w: tensor<8x3x4x4xf32>, %b: tensor<8xf32>) {
    %0 = cnx.patch_conv %x, %w, %b kernel = 4 features = 8 : tensor<1x8x13x3xf32>, tensor<8x3x4x4xf32>, tensor<8xf32>
    return })") == std::pair<int64_t, int64_t>(48 * (96 + 1), 4 * (312 + 384 + 8 + 48)));
  CHECK(cost(R"((%x: tensor<2x5x4x6xf32>, %w: tensor<6x1x7x7xf32>) {
    %0 = cnx.dwconv %x, %w kernel = 7 : tensor<2x5x4x6xf32>, tensor<6x1x7x7xf32>
    return })") == std::pair<int64_t, int64_t>(240 * 98, 4 * (240 + 294 + 240)));
  CHECK(cost(R"((%x: tensor<49x768xf32>, %w: tensor<3072x768xf32>, %b: tensor<3072xf32>) {
    %0 = cnx.linear %x, %w, %b features = 3072 : tensor<49x768xf32>, tensor<3072x768xf32>, tensor<3072xf32>
    return })") ==
        std::pair<int64_t, int64_t>(49 * 3072 * 1537, 4 * (49 * 768 + 3072 * 769 + 49 * 3072)));
}

TEST_CASE("bytes of an image count as bytes", "[ir]") {
  CHECK(cost(R"((%x: tensor<1x2x2x3xui8>) {
    %0 = cnx.cast %x : tensor<1x2x2x3xui8>
    return })") == std::pair<int64_t, int64_t>(0, 12 + 48));
}

TEST_CASE("elementwise ops", "[ir]") {
  auto flops = [](const std::string &op) {
    return cost("(%x: tensor<2x2x2x3xf32>, %v: tensor<3xf32>, %u: tensor<2x3xf32>, %s: "
                "tensor<2xf32>) {\n" +
                op + "\nreturn }")
        .first;
  };
  const std::string x = "tensor<2x2x2x3xf32>", v = "tensor<3xf32>";
  CHECK(flops("%0 = cnx.affine %x, %v, %v : " + x + ", " + v + ", " + v) == 48);
  CHECK(flops("%0 = cnx.channel_bias %x, %v : " + x + ", " + v) == 24);
  CHECK(flops("%0 = cnx.scale %x, %v : " + x + ", " + v) == 24);
  CHECK(flops("%0 = cnx.image_scale %x, %u : " + x + ", tensor<2x3xf32>") == 24);
  CHECK(flops("%0 = cnx.drop_path %x, %s rate = 0.5 site = 0 : " + x + ", tensor<2xf32>") == 24);
  CHECK(flops("%0 = cnx.add %x, %x : " + x + ", " + x) == 24);
  CHECK(flops("%0 = cnx.gelu %x : " + x) == 120);
  CHECK(flops("%0 = cnx.mean_pool %x : " + x) == 24 + 6);
  CHECK(flops("%0, %1 = cnx.layer_norm %x eps = 0.5 : " + x) == 24 * 6 + 8 * 5);
  CHECK(flops("%0 = cnx.grn %x, %v, %v eps = 0.5 : " + x + ", " + v + ", " + v) == 24 * 6 + 6 * 3);
  CHECK(flops("%0 = cnx.grn_factor %x, %v eps = 0.5 : " + x + ", " + v) == 24 * 2 + 6 * 5);
  CHECK(flops("%0 = cnx.normalize_input %x mean = [0.0, 0.0, 0.0] std = [1.0, 1.0, 1.0] : " + x) ==
        48);
  CHECK(flops("%0 = cnx.relayout %x to \"nchw\" : " + x) == 0);
}

TEST_CASE("a kernel costs the flops of its ops and the bytes of its edges", "[ir]") {
  CHECK(cost(R"((%x: tensor<2x6xf32>) {
    %0 = cnx.kernel "pair"(%x) : (tensor<2x6xf32>) -> tensor<2x6xf32> {
    ^bb0(%a: tensor<2x6xf32>):
      %s = cnx.add %a, %a : tensor<2x6xf32>, tensor<2x6xf32>
      %g = cnx.gelu %s : tensor<2x6xf32>
      cnx.yield %g : tensor<2x6xf32>
    }
    return })") == std::pair<int64_t, int64_t>(12 + 60, 4 * 24));
}
