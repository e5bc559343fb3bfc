// Every stage of the backward kernels is computed and stored where its schedule puts it, no sum is
// computed again for its readers, and threads have tasks to share: at the shapes of whole networks.
#include "compiler/fusions/GradientTile.h"
#include "compiler/kernels/Compile.h"
#include "tests/support/TemporaryFolder.h"
#include "tests/support/catch.h"
#include "tests/unit/fusions/Grouping.h"
#include "tests/unit/fusions/LoopNest.h"
#include "tests/unit/fusions/Placement.h"
#include "tests/unit/kernels/BackwardBuilder.h"

#include <fstream>
#include <set>
#include <sstream>

using namespace cnx;
using namespace cnx::test;

namespace {

// A block's backward pass from what forward keeps, and the step to the stage before.
KernelGraph stage(int64_t images, int64_t size, int64_t c) {
  BackwardBuilder b;
  const std::vector<int64_t> shape = {images, size, size, c}, rows = {images, size, size};
  int x = b.input(shape), xhat = b.input(shape), rstd = b.statistic(rows), dy = b.input(shape);
  int h = b.input({images, size, size, 4 * c});
  b.output(b.accumulated(b.linearGradWeight(dy, b.gelu(h))));
  b.output(b.accumulated(b.sumRows(dy)));
  int dh = b.geluGrad(b.linearBy(dy, b.transposed(4 * c, c), 4 * c), h);
  b.output(b.accumulated(b.linearGradWeight(dh, xhat)));
  b.output(b.accumulated(b.sumRows(dh)));
  int dd = b.layerNormGrad(b.linearBy(dh, b.transposed(c, 4 * c), c), xhat, rstd);
  b.output(b.accumulated(b.dwconvGradWeight(dd, x)));
  int dx = b.add(dy, b.dwconvGradInput(dd));
  b.output(dx);
  if (size % 14)
    return b.graph;
  const std::vector<int64_t> before = {images, 2 * size, 2 * size, c / 2};
  int xhatBefore = b.input(before), rstdBefore = b.statistic({images, 2 * size, 2 * size});
  b.output(b.accumulated(b.patchConvGradWeight(dx, b.input(before), 2)));
  b.output(b.layerNormGrad(b.patchConvGradInput(dx, 2, before), xhatBefore, rstdBefore));
  return b.graph;
}

// A product's packed copies hold a chunk of what one register tile, or one task, reads of a side.
void checkCopies(const KernelGraph &graph, Level level, const std::string &stmt) {
  const Node *product = gradientProduct(graph).node;
  if (!product)
    return;
  const GradientTile tile = gradientTile(graph, level);
  const std::vector<int64_t> &dy = graph.values[product->inputs[0]].shape;
  const int64_t rows = dy[0] * dy[1] * dy[2], chunk = rows <= 400 ? rows : 256;
  const LoopNest nest(stmt);
  auto check = [&](const std::string &copy, bool isMade, int64_t columns) {
    const std::vector<const Place *> kept =
        LoopNest::of(nest.storages, product->op + "0_sum_" + copy);
    REQUIRE(kept.size() == (isMade ? 1 : 0));
    for (const Place *place : kept) {
      CHECK(place->elements() % columns == 0);
      CHECK(place->elements() <= chunk * columns);
    }
  };
  check("panels", tile.copiesPanels, tile.panels * kChannelPad);
  check("strips", tile.copiesStrips, tile.taskRows);
}

void checkKernel(const KernelGraph &graph, Level level) {
  INFO(kernelSymbol(graph) << " at " << levelName(level));
  const TemporaryFolder folder;
  KernelOutputs outputs;
  outputs.stmt = folder / "kernel.stmt";
  const KernelFacts facts = compileKernel(graph, level, outputs);
  std::ostringstream stmt;
  stmt << std::ifstream(outputs.stmt).rdbuf();
  Stages stages = scheduledStages(*findFusion(graph.fusion), graph, level);
  CHECK(misplacedStages(stages, stmt.str()) == std::vector<std::string>());
  checkCopies(graph, level, stmt.str());
  CHECK(facts.tasks >= 2);
}

void checkStage(int64_t images, int64_t size, int64_t c) {
  for (const Group &group : formGroups(stage(images, size, c)))
    for (Level level : {Level::v3, Level::v4})
      checkKernel(group.graph, level);
}

} // namespace

TEST_CASE("T") {
  for (int64_t images : {1, 8}) {
    checkStage(images, 56, 96);
    checkStage(images, 14, 384);
    checkStage(images, 7, 768);
  }
}

TEST_CASE("atto") {
  checkStage(8, 56, 40);
  checkStage(8, 28, 80);
  checkStage(1, 7, 320);
}
