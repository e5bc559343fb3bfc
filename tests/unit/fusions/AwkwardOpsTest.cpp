// Every forward op alone at maps of one pixel, of 7 x 9 and of one row, with one, two and three
// images and channels that fill no vector; and no op that no test runs.
#include "compiler/kernels/Stages.h"
#include "tests/support/catch.h"
#include "tests/unit/fusions/TestSources.h"
#include "tests/unit/kernels/GraphBuilder.h"
#include "tests/unit/kernels/KernelCheck.h"

#include <map>

using namespace cnx;
using namespace cnx::test;

namespace {

using Shape = std::vector<int64_t>;

const Shape kShapes[] = {{1, 1, 1, 24}, {2, 7, 9, 40}, {3, 1, 2, 80}};

// A map whose windows of 2 x 2 make `s`, and a column that fills none.
Shape windows(const Shape &s) { return {s[0], 2 * s[1], 2 * s[2] + 1, s[3]}; }

using Build = int (*)(GraphBuilder &b, const Shape &s);

const std::map<std::string, Build> &forwardOps() {
  static const std::map<std::string, Build> ops = {
      {"add", [](auto &b, auto &s) { return b.add(b.input(s), b.input(s)); }},
      {"affine", [](auto &b, auto &s) { return b.affine(b.input(s)); }},
      {"cast", [](auto &b, auto &s) { return b.cast(b.input(s, true, ElementType::u8)); }},
      {"channel_bias", [](auto &b, auto &s) { return b.channelBias(b.input(s)); }},
      {"drop_path", [](auto &b, auto &s) { return b.dropPath(b.input(s)); }},
      {"dwconv", [](auto &b, auto &s) { return b.dwconv(b.input(s)); }},
      {"gelu", [](auto &b, auto &s) { return b.gelu(b.input(s)); }},
      {"grn_factor", [](auto &b, auto &s) { return b.grnFactor(b.input(s)); }},
      {"image_scale",
       [](auto &b, auto &s) {
         return b.imageScale(b.input(s), b.input({s[0], s[3]}));
       }},
      {"layer_norm", [](auto &b, auto &s) { return b.layerNorm(b.input(s)); }},
      {"linear", [](auto &b, auto &s) { return b.linear(b.input(s), s[3] + 8); }},
      {"mean_pool", [](auto &b, auto &s) { return b.meanPool(b.input(s)); }},
      {"patch_conv",
       [](auto &b, auto &s) { return b.patchConv(b.input(windows(s)), 2, s[3] + 8); }},
      {"relayout", [](auto &b, auto &s) { return b.relayout(b.input(s), "nchw"); }},
      {"scale", [](auto &b, auto &s) { return b.scale(b.input(s)); }},
  };
  return ops;
}

} // namespace

TEST_CASE("forward ops at awkward shapes") {
  for (const auto &[op, build] : forwardOps())
    for (const Shape &shape : kShapes) {
      GraphBuilder b;
      b.output(build(b, shape));
      REQUIRE(b.graph.nodes.at(0).op == op);
      b.graph.fusion = "single";
      checkKernel(b.graph);
    }
}

TEST_CASE("a norm whose rstd leaves, and an image, at awkward shapes") {
  for (const Shape &shape : kShapes) {
    GraphBuilder norm, image;
    int rstd = -1;
    norm.output(norm.layerNorm(norm.input(shape), 1e-6, &rstd));
    norm.output(rstd);
    image.output(image.relayout(image.input({shape[0], 3, shape[1], shape[2]}, true), "nhwc"));
    for (GraphBuilder *b : {&norm, &image}) {
      b->graph.fusion = "single";
      checkKernel(b->graph);
    }
  }
}

TEST_CASE("no op is without a test") {
  for (const std::string &op : opNames()) {
    INFO(op << " is neither above nor named in a test of tests/unit/kernels");
    CHECK((forwardOps().count(op) || isNamedInTests("kernels", op)));
  }
}
