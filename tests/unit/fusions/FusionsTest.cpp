// Every fusion's kernel at shapes that fill no tile. What training exports: TrainingFormsTest.
#include "tests/support/catch.h"
#include "tests/unit/fusions/Grouping.h"
#include "tests/unit/kernels/GraphBuilder.h"
#include "tests/unit/kernels/KernelCheck.h"

using namespace cnx;
using namespace cnx::test;

static void check(GraphBuilder &b, int out, const std::string &fusion, bool dense = false) {
  b.output(out, dense);
  Group group = groupOf(b.graph, fusion);
  REQUIRE(group.graph.nodes.size() == b.graph.nodes.size());
  checkKernel(group.graph);
}

TEST_CASE("stem") {
  SECTION("an image in NCHW") {
    GraphBuilder b;
    int x = b.relayout(b.input({2, 3, 30, 45}, true), "nhwc");
    check(b, b.affine(b.layerNorm(b.patchConv(x, 4, 40))), "stem");
  }
  SECTION("an image in uint8, to an output") {
    GraphBuilder b;
    int x = b.cast(b.input({1, 36, 28, 3}, true, ElementType::u8));
    check(b, b.affine(b.layerNorm(b.patchConv(x, 4, 40))), "stem", true);
  }
  SECTION("training: normalisation first") {
    GraphBuilder b;
    int x = b.affine(b.cast(b.input({2, 16, 36, 3}, true, ElementType::u8)));
    check(b, b.affine(b.layerNorm(b.patchConv(x, 4, 96))), "stem");
  }
  SECTION("a channels-last image, no norm") {
    GraphBuilder b;
    check(b, b.patchConv(b.input({1, 32, 48, 3}, true), 16, 64), "stem");
  }
}

TEST_CASE("dwconv_norm") {
  SECTION("a width that segments divide") {
    GraphBuilder b;
    check(b, b.layerNorm(b.dwconv(b.input({1, 14, 28, 96}))), "dwconv_norm");
  }
  SECTION("a width that they do not, channels that fill no vector") {
    GraphBuilder b;
    check(b, b.layerNorm(b.dwconv(b.input({2, 9, 17, 40}))), "dwconv_norm");
  }
  SECTION("a map smaller than the taps") {
    GraphBuilder b;
    check(b, b.layerNorm(b.dwconv(b.input({3, 2, 3, 20}))), "dwconv_norm");
  }
}

static int mlp(GraphBuilder &b, int x, int residual, bool training) {
  int64_t c = b.shape(x).back();
  if (training)
    x = b.affine(x);
  int y = b.linear(b.gelu(b.linear(x, 4 * c)), c);
  if (training)
    y = b.dropPath(b.scale(y));
  return b.add(y, residual);
}

TEST_CASE("mlp") {
  SECTION("rows that tiles divide") {
    GraphBuilder b;
    int x = b.input({1, 28, 28, 48}), residual = b.input({1, 28, 28, 48});
    check(b, mlp(b, x, residual, false), "mlp");
  }
  SECTION("rows and channels that they do not") {
    GraphBuilder b;
    int x = b.input({2, 13, 11, 40}), residual = b.input({2, 13, 11, 40});
    check(b, mlp(b, x, residual, false), "mlp");
  }
  SECTION("training: affine, layer scale, drop path") {
    GraphBuilder b;
    int x = b.input({3, 9, 8, 40}), residual = b.input({3, 9, 8, 40});
    check(b, mlp(b, x, residual, true), "mlp");
  }
  SECTION("to a dense output") {
    GraphBuilder b;
    int x = b.input({1, 12, 12, 24}), residual = b.input({1, 12, 12, 24});
    check(b, mlp(b, x, residual, false), "mlp", true);
  }
}

TEST_CASE("gemm_gelu") {
  SECTION("few rows") {
    GraphBuilder b;
    check(b, b.gelu(b.linear(b.input({1, 3, 5, 40}), 160)), "gemm_gelu");
  }
  SECTION("many rows") {
    GraphBuilder b;
    check(b, b.gelu(b.linear(b.input({1, 19, 23, 40}), 160)), "gemm_gelu");
  }
  SECTION("training: affine first") {
    GraphBuilder b;
    check(b, b.gelu(b.linear(b.affine(b.input({1, 7, 7, 72})), 288)), "gemm_gelu");
  }
}

TEST_CASE("gemm_residual") {
  SECTION("few rows") {
    GraphBuilder b;
    int h = b.input({1, 7, 7, 160}), x = b.input({1, 7, 7, 40});
    check(b, b.add(b.linear(h, 40), x), "gemm_residual");
  }
  SECTION("training: layer scale and drop path") {
    GraphBuilder b;
    int h = b.input({2, 5, 3, 96}), x = b.input({2, 5, 3, 24});
    check(b, b.add(b.dropPath(b.scale(b.linear(h, 24))), x), "gemm_residual");
  }
  SECTION("V2: GRN's factor first, many rows") {
    GraphBuilder b;
    int u = b.input({2, 160}), h = b.input({2, 9, 9, 160}), x = b.input({2, 9, 9, 40});
    check(b, b.add(b.linear(b.imageScale(h, u), 40), x), "gemm_residual");
  }
  SECTION("V2, training: beta as well") {
    GraphBuilder b;
    int u = b.input({2, 160}), h = b.input({2, 9, 9, 160}), x = b.input({2, 9, 9, 40});
    check(b, b.add(b.linear(b.channelBias(b.imageScale(h, u)), 40), x), "gemm_residual");
  }
}

TEST_CASE("downsample") {
  SECTION("a row and a column too many") {
    GraphBuilder b;
    check(b, b.patchConv(b.layerNorm(b.input({2, 25, 19, 40})), 2, 80), "downsample");
  }
  SECTION("training: affine") {
    GraphBuilder b;
    check(b, b.patchConv(b.affine(b.layerNorm(b.input({1, 28, 28, 24}))), 2, 48), "downsample");
  }
}

TEST_CASE("head") {
  SECTION("logits of awkward width") {
    GraphBuilder b;
    check(b, b.linear(b.layerNorm(b.meanPool(b.input({2, 7, 7, 40}))), 10), "head", true);
  }
  SECTION("pooled leaves too") {
    GraphBuilder b;
    int pooled = b.meanPool(b.input({3, 2, 3, 40}));
    b.output(pooled);
    check(b, b.linear(b.affine(b.layerNorm(pooled)), 17), "head", true);
  }
  SECTION("a hidden layer") {
    GraphBuilder b;
    int pooled = b.meanPool(b.input({1, 3, 3, 48}));
    check(b, b.linear(b.gelu(b.linear(b.layerNorm(pooled), 72)), 1000), "head", true);
  }
  SECTION("norm before the pool") {
    GraphBuilder b;
    check(b, b.linear(b.meanPool(b.input({1, 7, 7, 64})), 5), "head", true);
  }
  SECTION("no classes: the normalised vector") {
    GraphBuilder b;
    check(b, b.layerNorm(b.meanPool(b.input({1, 7, 7, 40}))), "head", true);
  }
}
