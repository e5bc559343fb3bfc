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
  SECTION("chunks that do, strips that do not divide the columns") {
    gradient(b.input({1, 33, 19, 24}), b.input({1, 33, 19, 23}));
  }
  SECTION("a last chunk of fewer rows") {
    gradient(b.input({1, 31, 17, 56}), b.input({1, 31, 17, 40}));
  }
  SECTION("a last chunk of fewer rows, made again") {
    gradient(b.input({1, 31, 17, 24}), b.gelu(b.input({1, 31, 17, 80})));
  }
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
  SECTION("V2: the activation as well") {
    int h = b.input({1, 17, 16, 96}), u = b.input({1, 96});
    gradient(b.input({1, 17, 16, 24}), b.channelBias(b.imageScale(b.gelu(h), u)));
  }
  SECTION("a patch convolution") {
    int dy = b.input({2, 12, 14, 40}), x = b.input({2, 25, 29, 24});
    check(b, b.accumulated(b.patchConvGradWeight(dy, x, 2)), "grad_weight");
  }
  SECTION("a patch convolution whose strips cross taps, with a last band of fewer rows") {
    int dy = b.input({2, 23, 21, 24}), x = b.input({2, 46, 42, 11});
    check(b, b.accumulated(b.patchConvGradWeight(dy, x, 2)), "grad_weight");
  }
}

TEST_CASE("grad_weight of the stem: the image is laid out and normalised again") {
  BackwardBuilder b;
  auto gradient = [&](int image, const std::vector<int64_t> &shape) {
    check(b, b.accumulated(b.patchConvGradWeight(b.input(shape), image, 4)), "grad_weight");
  };
  SECTION("NCHW") {
    int image = b.input({2, 3, 30, 45}, true);
    gradient(b.affine(b.relayout(image, "nhwc")), {2, 7, 11, 40});
  }
  SECTION("bytes") {
    gradient(b.affine(b.cast(b.input({1, 36, 28, 3}, true, ElementType::u8))), {1, 9, 7, 24});
  }
  SECTION("NCHW as it is") {
    gradient(b.relayout(b.input({1, 3, 36, 28}, true), "nhwc"), {1, 9, 7, 24});
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
  SECTION("few windows and many weights: the product comes first") {
    between({2, 6, 10, 176}, true);
  }
  SECTION("the same, a row and a column too many") { between({1, 7, 9, 176}, false); }
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

TEST_CASE("norm_grad") {
  BackwardBuilder b;
  SECTION("a map") {
    int xhat = b.input({2, 9, 7, 40}), rstd = b.statistic({2, 9, 7});
    check(b, b.layerNormGrad(b.scale(b.input({2, 9, 7, 40})), xhat, rstd), "norm_grad");
  }
  SECTION("to the caller's memory") {
    int xhat = b.input({3, 20}), rstd = b.statistic({3});
    check(b, b.layerNormGrad(b.scale(b.input({3, 20})), xhat, rstd), "norm_grad", true);
  }
}

TEST_CASE("image_sum") {
  BackwardBuilder b;
  auto summed = [&](const std::vector<int64_t> &shape) {
    int da = b.input(shape);
    check(b, b.sumImageProduct(da, b.gelu(b.input(shape))), "image_sum");
  };
  SECTION("blocks of channels") { summed({2, 9, 7, 128}); }
  SECTION("channels that fill no vector") { summed({3, 5, 4, 40}); }
}

TEST_CASE("pointwise") {
  BackwardBuilder b;
  SECTION("a branch's cotangent") {
    check(b, b.scale(b.dropPath(b.input({3, 5, 7, 40}))), "pointwise");
  }
  SECTION("GRN's, where every op has another operand") {
    int da = b.input({2, 5, 7, 40}), u = b.input({2, 40}), r = b.input({2, 40});
    int h = b.input({2, 5, 7, 40}), scaled = b.imageScale(da, u);
    check(b, b.geluGrad(b.add(scaled, b.imageScale(b.gelu(b.input({2, 5, 7, 40})), r)), h),
          "pointwise");
  }
  SECTION("to the caller's memory") {
    check(b, b.add(b.scale(b.input({2, 20})), b.input({2, 20})), "pointwise", true);
  }
}

// The fusion of each group, in the function's order.
static std::vector<std::string> groupsOf(const BackwardBuilder &b) {
  std::vector<std::string> names;
  for (const Group &group : formGroups(b.graph))
    names.push_back(group.graph.fusion);
  return names;
}

TEST_CASE("a block's backward pass, nothing that forward need not keep kept") {
  BackwardBuilder b;
  const std::vector<int64_t> shape = {8, 28, 28, 96};
  int x = b.input(shape), xhat = b.input(shape), rstd = b.statistic({8, 28, 28});
  int h = b.input({8, 28, 28, 384}), dy = b.input(shape);
  int dys = b.scale(b.dropPath(dy));
  b.output(b.accumulated(b.linearGradWeight(dys, b.gelu(h))));
  b.output(b.accumulated(b.sumRows(dys)));
  int dh = b.geluGrad(b.linearBy(dys, b.transposed(384, 96), 384), h);
  b.output(b.accumulated(b.linearGradWeight(dh, xhat)));
  b.output(b.accumulated(b.sumRows(dh)));
  int dd = b.layerNormGrad(b.scale(b.linearBy(dh, b.transposed(96, 384), 96)), xhat, rstd);
  b.output(b.accumulated(b.dwconvGradWeight(dd, x)));
  b.output(b.accumulated(b.sumRows(dd)));
  b.output(b.add(dy, b.dwconvGradInput(dd)));
  CHECK(groupsOf(b) == std::vector<std::string>{
                           "pointwise", "grad_weight", "grad_sum", "gemm_gelu_grad", "grad_weight",
                           "grad_sum", "gemm_norm_grad", "grad_sum", "grad_sum", "dwconv_grad"});
}

TEST_CASE("an image that both directions read is laid out once") {
  BackwardBuilder b;
  int image = b.relayout(b.input({2, 3, 32, 32}, true), "nhwc"), rstd;
  int xhat = b.layerNorm(b.patchConv(image, 4, 40), 1e-6, &rstd);
  b.output(xhat);
  b.output(rstd);
  b.output(b.affine(xhat));
  b.output(b.accumulated(b.patchConvGradWeight(b.input({2, 8, 8, 40}), image, 4)));
  CHECK(groupsOf(b) == std::vector<std::string>{"single", "stem", "grad_weight"});
}

TEST_CASE("a near miss says why") {
  BackwardBuilder b;
  std::string reason;
  auto declines = [&](const std::string &fusion, int anchor) {
    return !findFusion(fusion)->match(b.graph, anchor, &reason);
  };
  SECTION("what was activated") {
    int x = b.input({2, 3, 3, 40}), da = b.input({2, 3, 3, 160});
    b.output(b.geluGrad(da, b.linearBy(x, b.transposed(160, 40), 160)));
    CHECK(declines("gemm_gelu_grad", 0));
    CHECK(reason == "the product is what was activated, not its cotangent");
  }
  SECTION("what was normalised") {
    int x = b.input({2, 3, 3, 160}), d = b.input({2, 3, 3, 40}), rstd = b.statistic({2, 3, 3});
    b.output(b.layerNormGrad(d, b.linearBy(x, b.transposed(40, 160), 40), rstd));
    CHECK(declines("gemm_norm_grad", 0));
    CHECK(reason == "the product is what was normalised, not its cotangent");
  }
  SECTION("a cotangent made again") {
    int h = b.input({2, 3, 3, 40}), x = b.input({2, 3, 3, 40});
    b.output(b.linearGradWeight(b.gelu(h), x));
    CHECK(declines("grad_weight", 0));
    CHECK(reason == "what is made again is the cotangent, not what the layer read");
  }
  SECTION("patches made again") {
    int dy = b.input({2, 12, 14, 40}), x = b.affine(b.input({2, 24, 28, 24}));
    b.output(b.accumulated(b.patchConvGradWeight(dy, x, 2)));
    CHECK(declines("grad_weight", 0));
    CHECK(reason == "every task would make all channels of its patches again");
  }
  SECTION("no stream") {
    b.output(b.dwconvGradInput(b.input({2, 3, 3, 40})));
    CHECK(declines("dwconv_grad", 0));
    CHECK(reason == "no addition to the residual stream follows");
  }
}
