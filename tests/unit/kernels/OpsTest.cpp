// Every op alone, at shapes that are odd in every way: rows that fill no tile, channels that fill
// no vector.
#include "tests/support/catch.h"
#include "tests/unit/kernels/GraphBuilder.h"
#include "tests/unit/kernels/KernelCheck.h"

using namespace cnx;
using namespace cnx::test;

static void checkSingle(GraphBuilder &b, int out, bool dense = false) {
  b.graph.fusion = "single";
  b.output(out, dense);
  checkKernel(b.graph);
}

TEST_CASE("linear") {
  SECTION("rows and outputs fill tiles") {
    GraphBuilder b;
    checkSingle(b, b.linear(b.input({1, 14, 14, 96}), 192));
  }
  SECTION("rows fill no tile, outputs no panel") {
    GraphBuilder b;
    checkSingle(b, b.linear(b.input({2, 5, 5, 40}), 100));
  }
  SECTION("one row, to a dense output of awkward width, without bias") {
    GraphBuilder b;
    checkSingle(b, b.linear(b.input({1, 72}), 10, false), true);
  }
  SECTION("three rows, to a dense output") {
    GraphBuilder b;
    checkSingle(b, b.linear(b.input({3, 64}), 1000), true);
  }
  SECTION("many rows, to a dense output of awkward width") {
    GraphBuilder b;
    checkSingle(b, b.linear(b.input({1, 13, 17, 24}), 40), true);
  }
}

TEST_CASE("patch_conv") {
  SECTION("the stem's: three channels, dense") {
    GraphBuilder b;
    checkSingle(b, b.patchConv(b.input({1, 30, 33, 3}, true), 4, 40));
  }
  SECTION("the downsampler's, with a row and a column too many") {
    GraphBuilder b;
    checkSingle(b, b.patchConv(b.input({2, 15, 29, 40}), 2, 80));
  }
  SECTION("one pixel, without bias") {
    GraphBuilder b;
    checkSingle(b, b.patchConv(b.input({1, 2, 2, 20}), 2, 24, false));
  }
  SECTION("to a dense output") {
    GraphBuilder b;
    checkSingle(b, b.patchConv(b.input({1, 16, 16, 3}), 4, 24), true);
  }
}

TEST_CASE("products with panels of bfloat16") {
  GraphBuilder b;
  SECTION("linear, few rows and many panels") {
    const int y = b.linear(b.input({1, 7, 7, 144}), 1000);
    b.roundPanels();
    checkSingle(b, y);
  }
  SECTION("linear, rows and outputs that fill nothing") {
    const int y = b.linear(b.input({2, 13, 11, 40}), 100);
    b.roundPanels();
    checkSingle(b, y);
  }
  SECTION("patch_conv") {
    const int y = b.patchConv(b.input({2, 15, 29, 40}), 2, 80);
    b.roundPanels();
    checkSingle(b, y);
  }
}

TEST_CASE("dwconv") {
  SECTION("7 x 7 on a map that segments divide") {
    GraphBuilder b;
    checkSingle(b, b.dwconv(b.input({1, 14, 14, 96})));
  }
  SECTION("7 x 7 on a map smaller than the taps") {
    GraphBuilder b;
    checkSingle(b, b.dwconv(b.input({2, 3, 2, 40}), 7, false));
  }
  SECTION("5 x 5 on 9 x 17") {
    GraphBuilder b;
    checkSingle(b, b.dwconv(b.input({1, 9, 17, 24}), 5));
  }
  SECTION("3 x 3 on 11 x 13, to a dense output") {
    GraphBuilder b;
    checkSingle(b, b.dwconv(b.input({1, 11, 13, 20}), 3), true);
  }
}

TEST_CASE("layer_norm") {
  SECTION("whole vectors") {
    GraphBuilder b;
    checkSingle(b, b.layerNorm(b.input({1, 5, 7, 96})));
  }
  SECTION("a part of a vector, few rows") {
    GraphBuilder b;
    checkSingle(b, b.layerNorm(b.input({3, 40})));
  }
  SECTION("rstd as well") {
    GraphBuilder b;
    int rstd;
    int xhat = b.layerNorm(b.input({2, 6, 5, 40}), 1e-6, &rstd);
    b.output(rstd);
    checkSingle(b, xhat);
  }
  SECTION("fewer channels than a vector, to a dense output") {
    GraphBuilder b;
    checkSingle(b, b.layerNorm(b.input({2, 3, 3, 10})), true);
  }
}

TEST_CASE("elementwise ops") {
  SECTION("gelu") {
    GraphBuilder b;
    checkSingle(b, b.gelu(b.input({1, 5, 5, 40})));
  }
  SECTION("affine") {
    GraphBuilder b;
    checkSingle(b, b.affine(b.input({2, 5, 3, 24})));
  }
  SECTION("affine of a dense image") {
    GraphBuilder b;
    checkSingle(b, b.affine(b.input({1, 9, 10, 3}, true)));
  }
  SECTION("scale, to a dense output") {
    GraphBuilder b;
    checkSingle(b, b.scale(b.input({2, 5, 3, 24})), true);
  }
  SECTION("channel_bias") {
    GraphBuilder b;
    checkSingle(b, b.channelBias(b.input({2, 5, 3, 24})));
  }
  SECTION("drop_path") {
    GraphBuilder b;
    checkSingle(b, b.dropPath(b.input({3, 5, 3, 24})));
  }
  SECTION("image_scale") {
    GraphBuilder b;
    int u = b.input({3, 24});
    checkSingle(b, b.imageScale(b.input({3, 5, 3, 24}), u));
  }
  SECTION("add") {
    GraphBuilder b;
    int a = b.input({1, 7, 9, 40});
    checkSingle(b, b.add(a, b.input({1, 7, 9, 40})));
  }
  SECTION("cast") {
    GraphBuilder b;
    checkSingle(b, b.cast(b.input({1, 9, 11, 3}, true, ElementType::u8)));
  }
}

TEST_CASE("ops over a map") {
  SECTION("mean_pool") {
    GraphBuilder b;
    checkSingle(b, b.meanPool(b.input({2, 7, 7, 40})));
  }
  SECTION("mean_pool, to a dense output") {
    GraphBuilder b;
    checkSingle(b, b.meanPool(b.input({1, 3, 5, 20})), true);
  }
  SECTION("grn_factor") {
    GraphBuilder b;
    checkSingle(b, b.grnFactor(b.input({2, 7, 5, 160})));
  }
  SECTION("grn_factor of channels that fill no vector") {
    GraphBuilder b;
    checkSingle(b, b.grnFactor(b.input({3, 4, 4, 20})));
  }
}

TEST_CASE("relayout") {
  SECTION("an image to channels last") {
    GraphBuilder b;
    checkSingle(b, b.relayout(b.input({2, 3, 9, 13}, true), "nhwc"));
  }
  SECTION("a map to channels first") {
    GraphBuilder b;
    checkSingle(b, b.relayout(b.input({2, 5, 7, 40}), "nchw"));
  }
}
