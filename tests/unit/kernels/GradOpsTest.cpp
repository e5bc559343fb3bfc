// The loss and every backward op alone, at shapes that are odd in every way.
#include "tests/support/catch.h"
#include "tests/unit/kernels/SingleOp.h"

using namespace cnx;
using namespace cnx::test;

TEST_CASE("softmax_xent") {
  SECTION("classes fill no vector") {
    Single("softmax_xent")
        .dense({3, 10})
        .dense({3, 10})
        .dense({3})
        .result({1})
        .result({3, 10})
        .check();
  }
  SECTION("many classes, inside the network") {
    Single("softmax_xent")
        .input({2, 1000})
        .dense({2, 1000})
        .dense({2})
        .result({1})
        .result({2, 1000})
        .check();
  }
  SECTION("the loss alone") {
    Single("softmax_xent").input({5, 17}).dense({5, 17}).dense({5}).result({1}).unread().check();
  }
  SECTION("the derivative alone") {
    Single("softmax_xent")
        .input({5, 17})
        .dense({5, 17})
        .dense({5})
        .unread()
        .result({5, 17})
        .check();
  }
}

TEST_CASE("sums") {
  SECTION("sum_rows of more rows than a chunk, and not a multiple") {
    Single("sum_rows").input({2, 13, 17, 40}).result({40}).check();
  }
  SECTION("sum_rows of one row, whole vectors") {
    Single("sum_rows").input({1, 96}).result({96}).check();
  }
  SECTION("sum_rows_product") {
    Single("sum_rows_product").input({3, 5, 7, 20}).input({3, 5, 7, 20}).result({20}).check();
  }
  SECTION("sum_rows_product of a matrix") {
    Single("sum_rows_product").input({4, 24}).input({4, 24}).result({24}).check();
  }
  SECTION("sum_image_product") {
    Single("sum_image_product").input({3, 5, 4, 40}).input({3, 5, 4, 40}).result({3, 40}).check();
  }
}

TEST_CASE("packed gradients") {
  SECTION("a vector") {
    Single("sum_rows").input({2, 13, 17, 40}).result({48}).check();
    Single("sum_rows").input({6, 31, 29, 272}).result({272}).check();
    Single("sum_rows_product").input({4, 24}).input({4, 24}).result({32}).check();
    Single("grn_factor_grad")
        .attribute("eps", 1e-6)
        .input({2, 5, 3, 40})
        .weight({48})
        .input({2, 40})
        .result({2, 40})
        .result({48})
        .check();
  }
  SECTION("a matrix, rows of one chunk") {
    Single("linear_grad_weight").input({3, 10}).input({3, 32}).result({1, 32, 16}).check();
    Single("linear_grad_weight")
        .input({1, 9, 11, 160})
        .input({1, 9, 11, 40})
        .result({10, 40, 16})
        .check();
  }
  SECTION("a matrix, chunks that divide the rows and that do not") {
    Single("linear_grad_weight")
        .input({2, 24, 16, 40})
        .input({2, 24, 16, 96})
        .result({3, 96, 16})
        .check();
    Single("linear_grad_weight")
        .input({1, 33, 19, 24})
        .input({1, 33, 19, 23})
        .result({2, 23, 16})
        .check();
  }
  SECTION("a patch convolution") {
    Single("patch_conv_grad_weight")
        .attribute("kernel", int64_t(2))
        .input({2, 12, 14, 40})
        .input({2, 25, 29, 24})
        .result({3, 96, 16})
        .check();
    Single("patch_conv_grad_weight")
        .attribute("kernel", int64_t(4))
        .input({1, 7, 30, 24})
        .dense({1, 29, 123, 3})
        .result({2, 48, 16})
        .check();
  }
  SECTION("a depthwise convolution") {
    auto op = [] { return Single("dwconv_grad_weight").attribute("kernel", int64_t(7)); };
    op().input({2, 9, 11, 40}).input({2, 9, 11, 40}).result({7, 7, 48}).check();
    op().input({3, 14, 14, 32}).input({3, 14, 14, 32}).result({7, 7, 32}).check();
    op().input({1, 2, 3, 20}).input({1, 2, 3, 20}).result({7, 7, 32}).check();
    op().input({4, 1, 1, 20}).input({4, 1, 1, 20}).result({7, 7, 32}).check();
    op().input({2, 1, 5, 20}).input({2, 1, 5, 20}).result({7, 7, 32}).check();
  }
}

TEST_CASE("gradients are added up") {
  SECTION("panels") {
    Single("add").packed({3, 23, 16}).packed({3, 23, 16}).result({3, 23, 16}).check();
  }
  SECTION("taps") {
    Single("add").packed({7, 7, 48}).packed({7, 7, 48}).result({7, 7, 48}).check();
  }
  SECTION("vectors") { Single("add").packed({48}).packed({48}).result({48}).check(); }
}

TEST_CASE("transpose_panels") {
  auto op = [](int64_t n) { return Single("transpose_panels").attribute("features", n); };
  SECTION("whole panels") { op(48).weight({3, 32, 16}).result({2, 48, 16}).check(); }
  SECTION("rows and columns that fill none") {
    op(40).weight({3, 23, 16}).result({2, 40, 16}).check();
  }
}

TEST_CASE("block_squares") { Single("block_squares").dense({37, 256}).result({37}).check(); }

TEST_CASE("gelu_grad") {
  Single("gelu_grad").input({1, 5, 5, 40}).input({1, 5, 5, 40}).result({1, 5, 5, 40}).check();
}

TEST_CASE("layer_norm_grad") {
  SECTION("a part of a vector") {
    Single("layer_norm_grad")
        .input({2, 3, 5, 20})
        .input({2, 3, 5, 20})
        .dense({2, 3, 5})
        .result({2, 3, 5, 20})
        .check();
  }
  SECTION("of vectors, to a dense output") {
    Single("layer_norm_grad")
        .input({3, 40})
        .input({3, 40})
        .dense({3})
        .result({3, 40}, true)
        .check();
  }
}

TEST_CASE("mean_pool_grad") {
  Single("mean_pool_grad")
      .attribute("height", int64_t(3))
      .attribute("width", int64_t(5))
      .input({2, 20})
      .result({2, 3, 5, 20})
      .check();
}

TEST_CASE("linear_grad_input") {
  SECTION("a map") {
    Single("linear_grad_input").input({2, 3, 5, 40}).weight({40, 24}).result({2, 3, 5, 24}).check();
  }
  SECTION("a matrix of awkward widths") {
    Single("linear_grad_input").input({3, 10}).weight({10, 20}).result({3, 20}).check();
  }
}

TEST_CASE("linear by panels that another kernel made") {
  Single("linear")
      .attribute("features", int64_t(24))
      .input({2, 9, 7, 40})
      .packed({2, 40, 16})
      .result({2, 9, 7, 24})
      .check();
}

TEST_CASE("linear_grad_weight") {
  SECTION("rows of two images") {
    Single("linear_grad_weight")
        .input({2, 13, 11, 24})
        .input({2, 13, 11, 20})
        .result({24, 20}, true)
        .check();
  }
  SECTION("few rows, whole vectors") {
    Single("linear_grad_weight").input({3, 10}).input({3, 32}).result({10, 32}).check();
  }
}

TEST_CASE("patch_conv_grad_input") {
  auto op = [] { return Single("patch_conv_grad_input"); };
  SECTION("a row and a column too many") {
    op().attribute("kernel", int64_t(2))
        .attribute("height", int64_t(7))
        .attribute("width", int64_t(9))
        .input({2, 3, 4, 40})
        .weight({40, 24, 2, 2})
        .result({2, 7, 9, 24})
        .check();
  }
  SECTION("the stem's, to a dense image") {
    op().attribute("kernel", int64_t(4))
        .attribute("height", int64_t(10))
        .attribute("width", int64_t(13))
        .input({1, 2, 3, 24})
        .weight({24, 4, 4, 4})
        .result({1, 10, 13, 4}, true)
        .check();
  }
  SECTION("by panels of the transposed weight") {
    op().attribute("kernel", int64_t(2))
        .attribute("channels", int64_t(24))
        .attribute("height", int64_t(7))
        .attribute("width", int64_t(9))
        .input({2, 3, 4, 40})
        .packed({6, 40, 16})
        .result({2, 7, 9, 24})
        .check();
    op().attribute("kernel", int64_t(2))
        .attribute("channels", int64_t(40))
        .attribute("height", int64_t(28))
        .attribute("width", int64_t(28))
        .input({1, 14, 14, 80})
        .packed({10, 80, 16})
        .result({1, 28, 28, 40})
        .check();
    op().attribute("kernel", int64_t(4))
        .attribute("channels", int64_t(3))
        .attribute("height", int64_t(10))
        .attribute("width", int64_t(13))
        .input({1, 2, 3, 24})
        .packed({3, 24, 16})
        .result({1, 10, 13, 3}, true)
        .check();
  }
}

TEST_CASE("patch_conv_grad_weight") {
  SECTION("a row and a column too many") {
    Single("patch_conv_grad_weight")
        .attribute("kernel", int64_t(2))
        .input({2, 3, 4, 20})
        .input({2, 7, 9, 12})
        .result({20, 12, 2, 2}, true)
        .check();
  }
  SECTION("the stem's, of a dense image") {
    Single("patch_conv_grad_weight")
        .attribute("kernel", int64_t(4))
        .input({1, 2, 3, 24})
        .dense({1, 10, 13, 3})
        .result({24, 3, 4, 4}, true)
        .check();
  }
}

TEST_CASE("dwconv_grad_input") {
  SECTION("7 x 7") {
    Single("dwconv_grad_input")
        .attribute("kernel", int64_t(7))
        .input({2, 9, 11, 40})
        .weight({7, 7, 48})
        .result({2, 9, 11, 40})
        .check();
  }
  SECTION("a map smaller than the taps") {
    Single("dwconv_grad_input")
        .attribute("kernel", int64_t(7))
        .input({1, 2, 3, 20})
        .weight({7, 7, 32})
        .result({1, 2, 3, 20})
        .check();
  }
}

TEST_CASE("dwconv_grad_weight") {
  SECTION("7 x 7") {
    Single("dwconv_grad_weight")
        .attribute("kernel", int64_t(7))
        .input({2, 9, 11, 20})
        .input({2, 9, 11, 20})
        .result({20, 1, 7, 7}, true)
        .check();
  }
  SECTION("a map smaller than the taps, 5 x 5") {
    Single("dwconv_grad_weight")
        .attribute("kernel", int64_t(5))
        .input({1, 2, 1, 16})
        .input({1, 2, 1, 16})
        .result({16, 1, 5, 5}, true)
        .check();
  }
}

TEST_CASE("grn_factor_grad") {
  SECTION("both results") {
    Single("grn_factor_grad")
        .attribute("eps", 1e-6)
        .input({2, 5, 3, 40})
        .weight({48})
        .input({2, 40})
        .result({2, 40})
        .result({40})
        .check();
  }
  SECTION("the factor alone") {
    Single("grn_factor_grad")
        .attribute("eps", 1e-6)
        .input({3, 2, 2, 20})
        .weight({32})
        .input({3, 20})
        .result({3, 20})
        .unread()
        .check();
  }
}
