// The training forms of the forward kernels: nothing folded, and what backward reads leaves too
// (xhat, rstd, h). Each is held against the naive reference, exports included.
#include "tests/support/catch.h"
#include "tests/unit/fusions/Grouping.h"
#include "tests/unit/kernels/GraphBuilder.h"
#include "tests/unit/kernels/KernelCheck.h"

using namespace cnx;
using namespace cnx::test;

// All of the graph is one kernel of that fusion, with as many outputs.
static void check(const GraphBuilder &b, const std::string &fusion, size_t outputs) {
  Group group = groupOf(b.graph, fusion);
  REQUIRE(group.graph.nodes.size() == b.graph.nodes.size());
  size_t found = 0;
  for (const Value &value : group.graph.values)
    found += value.role == Role::output;
  REQUIRE(found == outputs);
  checkKernel(group.graph);
}

// xhat, rstd and xhat's affine.
struct Norm {
  int rstd = -1; // before xhat, with which it is made
  int xhat, out;
  Norm(GraphBuilder &b, int x) : xhat(b.layerNorm(x, 1e-6, &rstd)), out(b.affine(xhat)) {}
};

TEST_CASE("stem") {
  GraphBuilder b;
  auto imageTo = [&](int image, int64_t channels, bool dense) {
    Norm norm(b, b.patchConv(image, 4, channels));
    b.output(norm.xhat);
    b.output(norm.rstd);
    b.output(norm.out, dense);
    check(b, "stem", 3);
  };
  SECTION("a uint8 image, normalised while it is loaded") {
    imageTo(b.affine(b.cast(b.input({2, 19, 37, 3}, true, ElementType::u8))), 40, false);
  }
  SECTION("an image in NCHW, normalised while it is loaded") {
    imageTo(b.affine(b.relayout(b.input({1, 3, 32, 56}, true), "nhwc")), 96, false);
  }
  SECTION("one pixel, to the caller's memory") {
    imageTo(b.affine(b.input({3, 4, 4, 3}, true)), 24, true);
  }
  SECTION("rstd alone leaves") {
    Norm norm(b, b.patchConv(b.relayout(b.input({1, 3, 28, 36}, true), "nhwc"), 4, 80));
    b.output(norm.rstd);
    b.output(norm.out);
    check(b, "stem", 2);
  }
  SECTION("no affine: xhat is the map") {
    int rstd;
    b.output(b.layerNorm(b.patchConv(b.input({2, 9, 29, 3}, true), 4, 24), 1e-6, &rstd));
    b.output(rstd);
    check(b, "stem", 2);
  }
}

TEST_CASE("dwconv_norm") {
  GraphBuilder b;
  auto mapOf = [&](std::vector<int64_t> shape, bool dense) {
    int rstd;
    b.output(b.layerNorm(b.dwconv(b.input(std::move(shape))), 1e-6, &rstd), dense);
    b.output(rstd);
    check(b, "dwconv_norm", 2);
  };
  SECTION("rows in bands") { mapOf({2, 15, 13, 40}, false); }
  SECTION("whole vectors") { mapOf({1, 14, 14, 96}, false); }
  SECTION("one pixel") { mapOf({3, 1, 1, 24}, false); }
  SECTION("to the caller's memory") { mapOf({1, 7, 9, 80}, true); }
}

// A block's second half: from xhat and the residual.
static void mlp(GraphBuilder &b, const std::vector<int64_t> &shape, const std::string &fusion,
                bool dense = false) {
  const int64_t c = shape.back();
  int h = b.linear(b.affine(b.input(shape)), 4 * c);
  b.output(h);
  int y = b.dropPath(b.scale(b.linear(b.gelu(h), c)));
  b.output(b.add(y, b.input(shape)), dense);
  check(b, fusion, 2);
}

TEST_CASE("mlp") {
  GraphBuilder b;
  SECTION("rows that tasks divide") { mlp(b, {1, 28, 28, 48}, "mlp"); }
  SECTION("rows that they do not") { mlp(b, {2, 13, 11, 40}, "mlp"); }
  SECTION("rows of several images in a task") { mlp(b, {3, 5, 7, 24}, "mlp"); }
  SECTION("to the caller's memory") { mlp(b, {1, 12, 11, 24}, "mlp", true); }
}

TEST_CASE("gemm_gelu") {
  GraphBuilder b;
  auto hidden = [&](std::vector<int64_t> shape, int64_t width) {
    int h = b.linear(b.affine(b.input(std::move(shape))), width);
    b.output(h);
    b.output(b.gelu(h));
    check(b, "gemm_gelu", 2);
  };
  SECTION("few rows: tasks are panels") { hidden({2, 3, 5, 40}, 160); }
  SECTION("many rows") { hidden({1, 19, 23, 40}, 96); }
  SECTION("one row") { hidden({1, 1, 1, 24}, 72); }
  SECTION("a deep K, which is cut into blocks") { hidden({1, 3, 5, 4224}, 48); }
}

TEST_CASE("downsample") {
  GraphBuilder b;
  auto mapOf = [&](std::vector<int64_t> shape, int64_t width, bool dense) {
    Norm norm(b, b.input(std::move(shape)));
    b.output(norm.xhat, dense);
    b.output(norm.rstd);
    b.output(b.patchConv(norm.out, 2, width), dense);
    check(b, "downsample", 3);
  };
  SECTION("an even map") { mapOf({1, 28, 28, 24}, 48, false); }
  SECTION("a column too many") { mapOf({2, 24, 19, 40}, 80, false); }
  SECTION("to the caller's memory") { mapOf({3, 14, 17, 20}, 24, true); }
}

TEST_CASE("head") {
  GraphBuilder b;
  auto logits = [&](std::vector<int64_t> shape, int64_t classes, bool dense) {
    int pooled = b.meanPool(b.input(std::move(shape)));
    b.output(pooled, dense);
    Norm norm(b, pooled);
    b.output(norm.xhat);
    b.output(norm.rstd);
    b.output(b.linear(norm.out, classes), dense);
    check(b, "head", 4);
  };
  SECTION("one image") { logits({1, 7, 7, 96}, 1000, true); }
  SECTION("several, channels and classes that fill no vector") { logits({3, 2, 3, 40}, 17, true); }
  SECTION("one pixel, inside the network") { logits({2, 1, 1, 24}, 10, false); }
  SECTION("a hidden layer's h") {
    int rstd, xhat = b.layerNorm(b.meanPool(b.input({2, 3, 3, 48})), 1e-6, &rstd);
    int h = b.linear(b.affine(xhat), 72);
    for (int value : {xhat, rstd, h, b.linear(b.gelu(h), 1000)})
      b.output(value);
    check(b, "head", 4);
  }
}
