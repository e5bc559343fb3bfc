// The backward fusions' kernels, at shapes that fill no tile, and the graphs that they take.
#include "tests/support/catch.h"
#include "tests/unit/fusions/Grouping.h"
#include "tests/unit/kernels/BackwardBuilder.h"
#include "tests/unit/kernels/KernelCheck.h"

using namespace cnx;
using namespace cnx::test;

// All ops of the graph are one kernel of `fusion`.
static void check(BackwardBuilder &b, int out, const std::string &fusion, bool dense = false) {
  b.output(out, dense);
  Group group = groupOf(b.graph, fusion);
  REQUIRE(group.graph.nodes.size() == b.graph.nodes.size());
  checkKernel(group.graph);
}

TEST_CASE("grad_weight") {
  BackwardBuilder b;
  auto gradient = [&](int dy, int x) {
    check(b, b.accumulated(b.linearGradWeight(dy, x)), "grad_weight");
  };
  SECTION("rows of one chunk") { gradient(b.input({1, 9, 11, 160}), b.input({1, 9, 11, 40})); }
  SECTION("chunks that divide the rows") {
    gradient(b.input({2, 24, 16, 40}), b.input({2, 24, 16, 96}));
  }
  SECTION("chunks that do not") { gradient(b.input({1, 33, 19, 24}), b.input({1, 33, 19, 23})); }
  SECTION("the activation is made again, one chunk") {
    gradient(b.input({1, 9, 11, 40}), b.gelu(b.input({1, 9, 11, 160})));
  }
  SECTION("the activation is made again, chunk by chunk") {
    gradient(b.input({2, 24, 16, 48}), b.gelu(b.input({2, 24, 16, 192})));
  }
  SECTION("chunks that do not divide the rows, columns that fill no vector") {
    gradient(b.input({1, 33, 19, 24}), b.gelu(b.input({1, 33, 19, 92})));
  }
  SECTION("the norm's affine is made again") {
    gradient(b.input({2, 24, 16, 96}), b.affine(b.input({2, 24, 16, 24})));
  }
  SECTION("V2: GRN's factor and bias are") {
    int h = b.input({2, 15, 16, 96}), u = b.input({2, 96});
    gradient(b.input({2, 15, 16, 24}), b.channelBias(b.imageScale(h, u)));
  }
  SECTION("a patch convolution") {
    int dy = b.input({2, 12, 14, 40}), x = b.input({2, 25, 29, 24});
    check(b, b.accumulated(b.patchConvGradWeight(dy, x, 2)), "grad_weight");
  }
  SECTION("a patch convolution behind an affine") {
    int dy = b.input({2, 12, 14, 40}), x = b.affine(b.input({2, 24, 28, 24}));
    check(b, b.accumulated(b.patchConvGradWeight(dy, x, 2)), "grad_weight");
  }
}

TEST_CASE("grad_sum") {
  BackwardBuilder b;
  SECTION("a bias") { check(b, b.accumulated(b.sumRows(b.input({6, 31, 29, 40}))), "grad_sum"); }
  SECTION("a bias of few rows") {
    check(b, b.accumulated(b.sumRows(b.input({3, 272}))), "grad_sum");
  }
  SECTION("a gain") {
    int a = b.input({2, 16, 49, 24});
    check(b, b.accumulated(b.sumRowsProduct(a, b.input({2, 16, 49, 24}))), "grad_sum");
  }
  SECTION("depthwise taps") {
    int dy = b.input({2, 9, 11, 40});
    check(b, b.accumulated(b.dwconvGradWeight(dy, b.input({2, 9, 11, 40}))), "grad_sum");
  }
  SECTION("depthwise taps, a width that steps divide") {
    int dy = b.input({2, 14, 28, 32});
    check(b, b.accumulated(b.dwconvGradWeight(dy, b.input({2, 14, 28, 32}))), "grad_sum");
  }
}

TEST_CASE("gemm_gelu_grad") {
  BackwardBuilder b;
  auto hidden = [&](const std::vector<int64_t> &shape, int64_t width) {
    std::vector<int64_t> wide = shape;
    wide.back() = width;
    int h = b.input(wide);
    int product = b.linearBy(b.input(shape), b.transposed(width, shape.back()), width);
    check(b, b.geluGrad(product, h), "gemm_gelu_grad");
  };
  SECTION("few rows") { hidden({1, 3, 5, 40}, 160); }
  SECTION("many rows") { hidden({1, 19, 23, 40}, 160); }
  SECTION("widths that fill no vector") { hidden({2, 9, 9, 23}, 92); }
}

TEST_CASE("gemm_norm_grad") {
  BackwardBuilder b;
  auto normalised = [&](const std::vector<int64_t> &shape, int64_t depth, bool scaled,
                        bool dense = false) {
    std::vector<int64_t> wide = shape, rows = shape;
    wide.back() = depth;
    rows.pop_back();
    int xhat = b.input(shape), rstd = b.statistic(rows);
    int d = b.linearBy(b.input(wide), b.transposed(shape.back(), depth), shape.back());
    check(b, b.layerNormGrad(scaled ? b.scale(d) : d, xhat, rstd), "gemm_norm_grad", dense);
  };
  SECTION("many rows") { normalised({2, 19, 23, 40}, 160, false); }
  SECTION("the norm's gain, channels that fill no vector") {
    normalised({1, 13, 11, 23}, 92, true);
  }
  SECTION("few rows") { normalised({1, 3, 5, 40}, 160, true); }
  SECTION("a matrix") { normalised({3, 48}, 10, true); }
  SECTION("to the caller's memory") { normalised({1, 12, 12, 24}, 96, false, true); }
}

TEST_CASE("patch_norm_grad") {
  BackwardBuilder b;
  auto between = [&](const std::vector<int64_t> &shape, bool scaled) {
    std::vector<int64_t> rows = shape;
    rows.pop_back();
    int dy = b.input({shape[0], shape[1] / 2, shape[2] / 2, 2 * shape[3]});
    int xhat = b.input(shape), rstd = b.statistic(rows);
    int d = b.patchConvGradInput(dy, 2, shape);
    check(b, b.layerNormGrad(scaled ? b.scale(d) : d, xhat, rstd), "patch_norm_grad");
  };
  SECTION("an even map") { between({2, 14, 28, 24}, false); }
  SECTION("the norm's gain, a row and a column too many") { between({2, 13, 17, 40}, true); }
}

TEST_CASE("dwconv_grad") {
  BackwardBuilder b;
  auto block = [&](const std::vector<int64_t> &shape) {
    int dd = b.input(shape), dy = b.input(shape);
    check(b, b.add(dy, b.dwconvGradInput(dd)), "dwconv_grad");
  };
  SECTION("a width that segments divide") { block({1, 14, 28, 96}); }
  SECTION("a width that they do not") { block({2, 9, 17, 40}); }
  SECTION("a map smaller than the taps") { block({3, 2, 3, 20}); }
}
