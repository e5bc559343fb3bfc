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
