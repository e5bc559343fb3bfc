// Which ops become one kernel in whole networks, and why a near miss is none.
#include "tests/support/catch.h"
#include "tests/unit/fusions/Grouping.h"
#include "tests/unit/fusions/Network.h"

#include <map>
#include <set>

using namespace cnx;
using namespace cnx::test;

static std::map<std::string, int> fusionsOf(const KernelGraph &function) {
  std::map<std::string, int> count;
  for (const Group &group : formGroups(function))
    ++count[group.graph.fusion];
  return count;
}

TEST_CASE("T at batch 1: fused MLPs where rows are many, panels where they are few") {
  CHECK(fusionsOf(inferenceGraph({})) == std::map<std::string, int>{{"stem", 1},
                                                                    {"dwconv_norm", 18},
                                                                    {"mlp", 6},
                                                                    {"gemm_gelu", 12},
                                                                    {"gemm_residual", 12},
                                                                    {"downsample", 1},
                                                                    {"single", 4},
                                                                    {"head", 1}});
}

TEST_CASE("T in training: the same fusions, though xhat, rstd and h leave them") {
  std::map<std::string, int> expected = fusionsOf(inferenceGraph({}));
  expected["single"] += 2; // the affine of the two downsamplers of few rows
  CHECK(fusionsOf(trainingGraph({})) == expected);
}

TEST_CASE("V2 in training: GRN's beta is with its factor where rows are many") {
  NetworkShape shape;
  shape.v2 = true;
  std::map<std::string, int> count = fusionsOf(trainingGraph(shape));
  CHECK(count["dwconv_norm"] == 18);
  CHECK(count["gemm_gelu"] == 18);
  CHECK(count["gemm_residual"] == 18);
  CHECK(count["head"] == 1);
}

TEST_CASE("kernels do not grow in number with depth") {
  std::set<std::string> symbols, deeper;
  NetworkShape deep;
  deep.depths = {3, 4, 27, 5};
  for (const Group &group : formGroups(inferenceGraph({})))
    symbols.insert(kernelSymbol(group.graph));
  for (const Group &group : formGroups(inferenceGraph(deep)))
    deeper.insert(kernelSymbol(group.graph));
  CHECK(symbols == deeper);
}

TEST_CASE("V2: GRN stands between the halves of an MLP") {
  NetworkShape shape;
  shape.dims = {40, 80, 160, 320};
  shape.depths = {2, 2, 6, 2};
  shape.v2 = true;
  std::map<std::string, int> count = fusionsOf(inferenceGraph(shape));
  CHECK(count["mlp"] == 0);
  CHECK(count["gemm_gelu"] == 12);
  CHECK(count["gemm_residual"] == 12);
}

static std::string declinedBy(const std::string &fusion, const KernelGraph &function, int anchor) {
  std::string reason;
  CHECK_FALSE(findFusion(fusion)->match(function, anchor, &reason));
  return reason;
}

TEST_CASE("a near miss says why") {
  SECTION("few rows") {
    GraphBuilder b;
    int x = b.input({1, 7, 7, 768});
    b.output(b.add(b.linear(b.gelu(b.linear(x, 3072)), 768), b.input({1, 7, 7, 768})));
    CHECK(declinedBy("mlp", b.graph, 0) == "few rows: a task a panel reads each weight once");
  }
  SECTION("no residual") {
    GraphBuilder b;
    b.output(b.linear(b.gelu(b.linear(b.input({1, 28, 28, 48}), 192)), 48));
    CHECK(declinedBy("mlp", b.graph, 0) == "no residual addition follows");
  }
  SECTION("the activation has another reader") {
    GraphBuilder b;
    int h = b.gelu(b.linear(b.input({1, 28, 28, 48}), 192));
    b.output(b.grnFactor(h));
    b.output(b.linear(h, 48));
    CHECK(declinedBy("mlp", b.graph, 0) ==
          "the activation has another reader, or none that is a linear layer");
  }
  SECTION("the convolution has another reader") {
    GraphBuilder b;
    int d = b.dwconv(b.input({1, 7, 7, 32}));
    b.output(b.layerNorm(d));
    b.output(b.gelu(d));
    CHECK(declinedBy("dwconv_norm", b.graph, 0) ==
          "the convolution has another reader, or none that is a norm");
  }
  SECTION("V2 of few rows") {
    GraphBuilder b;
    int u = b.input({1, 3072}), h = b.input({1, 7, 7, 3072});
    b.output(b.add(b.linear(b.imageScale(h, u), 768), b.input({1, 7, 7, 768})));
    CHECK(declinedBy("gemm_residual", b.graph, 0) ==
          "few rows: every task of a panel would scale the whole map");
  }
  SECTION("a downsampler whose map has a row that fills no patch, in training") {
    GraphBuilder b;
    const int y = b.patchConv(addNorm(b, b.input({1, 57, 56, 96}), true), 2, 192);
    b.output(y);
    CHECK(declinedBy("downsample", b.graph, 0) ==
          "the norm's results leave, and have rows that fill no patch");
  }
  SECTION("a downsampler of few rows") {
    GraphBuilder b;
    b.output(b.patchConv(b.layerNorm(b.input({1, 14, 14, 384})), 2, 768));
    CHECK(declinedBy("downsample", b.graph, 0) ==
          "few rows: every task of a panel would normalise the whole map");
  }
}

TEST_CASE("the last fusion takes any one op, and names are unique") {
  CHECK(fusions().back().name == "single");
  std::set<std::string_view> names;
  for (const Fusion &fusion : fusions()) {
    CHECK(names.insert(fusion.name).second);
    CHECK(findFusion(fusion.name) == &fusion);
    CHECK_FALSE(fusion.summary.empty());
  }
  CHECK(findFusion("nothing") == nullptr);
}
