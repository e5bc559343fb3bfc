// Every forward fusion, for inference and for training, at maps of one pixel, of 7 x 9 and others,
// with channels that fill no vector; and no fusion that no test runs.
#include "tests/support/catch.h"
#include "tests/unit/fusions/Grouping.h"
#include "tests/unit/fusions/Network.h"
#include "tests/unit/fusions/TestSources.h"
#include "tests/unit/kernels/KernelCheck.h"

#include <map>

using namespace cnx;
using namespace cnx::test;

namespace {

using Shape = std::vector<int64_t>;

// A map whose windows of size x size make `s`, and a column that fills none.
Shape windows(const Shape &s, int64_t size, int64_t channels) {
  return {s[0], size * s[1], size * s[2] + 1, channels};
}

// The value that the kernel makes last. `s` is the shape of a map [N,H,W,C].
using Build = int (*)(GraphBuilder &b, const Shape &s, bool training);

int stem(GraphBuilder &b, const Shape &s, bool training) {
  int x = b.cast(b.input(windows(s, 4, 3), true, ElementType::u8));
  return addNorm(b, b.patchConv(training ? b.affine(x) : x, 4, s[3]), training, true);
}

int dwconvNorm(GraphBuilder &b, const Shape &s, bool training) {
  int rstd = -1;
  int xhat = b.layerNorm(b.dwconv(b.input(s)), 1e-6, training ? &rstd : nullptr);
  if (training)
    b.output(rstd);
  return xhat;
}

int downsample(GraphBuilder &b, const Shape &s, bool training) {
  return b.patchConv(addNorm(b, b.input(windows(s, 2, s[3])), training), 2, s[3] + 8);
}

// What follows the norm of a block, up to the activation.
int hidden(GraphBuilder &b, const Shape &s, bool training) {
  int x = b.input(s);
  int h = b.linear(training ? b.affine(x) : x, 4 * s[3]);
  if (training)
    b.output(h);
  return b.gelu(h);
}

int residual(GraphBuilder &b, int x, const Shape &s, bool training) {
  int y = b.linear(x, s[3]);
  return b.add(training ? b.dropPath(b.scale(y)) : y, b.input(s));
}

int mlp(GraphBuilder &b, const Shape &s, bool training) {
  return residual(b, hidden(b, s, training), s, training);
}

int gemmResidual(GraphBuilder &b, const Shape &s, bool training) {
  return residual(b, b.input({s[0], s[1], s[2], 4 * s[3]}), s, training);
}

int head(GraphBuilder &b, const Shape &s, bool training) {
  return b.linear(addNorm(b, b.meanPool(b.input(s)), training), s[3] + 8);
}

struct Case {
  Build build;
  std::vector<Shape> shapes;
};

const std::vector<Shape> kAny = {{1, 1, 1, 24}, {2, 7, 9, 40}, {3, 1, 2, 80}};
// Rows enough for tasks of rows.
const std::vector<Shape> kManyRows = {{64, 1, 1, 24}, {2, 7, 9, 40}, {3, 7, 5, 80}};

const std::map<std::string, Case> &forwardFusions() {
  static const std::map<std::string, Case> fusions = {
      {"stem", {stem, kAny}},
      {"dwconv_norm", {dwconvNorm, kAny}},
      {"downsample", {downsample, kManyRows}},
      {"mlp", {mlp, kManyRows}},
      {"gemm_gelu", {hidden, kAny}},
      {"gemm_residual", {gemmResidual, kAny}},
      {"head", {head, kAny}},
  };
  return fusions;
}

void check(bool training) {
  for (const auto &[name, fusion] : forwardFusions())
    for (const Shape &shape : fusion.shapes) {
      GraphBuilder b;
      b.output(fusion.build(b, shape, training));
      const Group group = groupOf(b.graph, name);
      REQUIRE(group.graph.nodes.size() == b.graph.nodes.size());
      checkKernel(group.graph);
    }
}

} // namespace

TEST_CASE("inference at awkward shapes") { check(false); }

TEST_CASE("training at awkward shapes") { check(true); }

TEST_CASE("no fusion is without a test") {
  for (const Fusion &fusion : fusions()) {
    const std::string name(fusion.name);
    INFO(name << " is neither above nor named in a test of tests/unit/kernels");
    CHECK((forwardFusions().count(name) || isNamedInTests("kernels", name)));
  }
}
