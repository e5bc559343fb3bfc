// Kernels that are told their tiles: right numbers from all that a search may try, an error for
// what a kernel cannot have.
#include "compiler/Error.h"
#include "compiler/kernels/Compile.h"
#include "tests/support/catch.h"
#include "tests/unit/fusions/Grouping.h"
#include "tests/unit/kernels/GraphBuilder.h"
#include "tests/unit/kernels/KernelCheck.h"

using namespace cnx;
using namespace cnx::test;
using Catch::Contains;

static const TileSpace &spaceOf(const KernelGraph &graph) {
  return *findFusion(graph.fusion)->tiles;
}

static KernelGraph groupOfOutput(GraphBuilder &b, int out, const std::string &fusion) {
  b.output(out);
  return groupOf(b.graph, fusion).graph;
}

static KernelGraph geluLayer(std::vector<int64_t> shape, int64_t features) {
  GraphBuilder b;
  return groupOfOutput(b, b.gelu(b.linear(b.input(std::move(shape)), features)), "gemm_gelu");
}

static KernelGraph mlp(const std::vector<int64_t> &shape) {
  GraphBuilder b;
  const int x = b.input(shape), residual = b.input(shape);
  const int hidden = b.gelu(b.linear(x, 4 * shape.back()));
  return groupOfOutput(b, b.add(b.linear(hidden, shape.back()), residual), "mlp");
}

static KernelGraph dwconv(std::vector<int64_t> shape) {
  GraphBuilder b;
  return groupOfOutput(b, b.layerNorm(b.dwconv(b.input(std::move(shape)))), "dwconv_norm");
}

// The shapes fill no tile, and are small enough to try everything.
TEST_CASE("every candidate computes what the reference does") {
  KernelGraph graph;
  SECTION("few rows") { graph = geluLayer({1, 5, 3, 40}, 96); }
  SECTION("few rows, a product cut into blocks") { graph = geluLayer({1, 3, 3, 192}, 48); }
  SECTION("rows in parts, and rows that fill no task") { graph = geluLayer({1, 13, 11, 40}, 96); }
  SECTION("an MLP") { graph = mlp({1, 11, 9, 24}); }
  SECTION("a depthwise convolution") { graph = dwconv({2, 9, 11, 24}); }
  for (Level level : {Level::v3, Level::v4}) {
    const std::vector<Tiles> candidates = candidateTiles(spaceOf(graph), graph, level);
    CHECK(candidates.size() >= 3);
    CHECK(candidates.size() <= 100);
    for (const Tiles &tiles : candidates) {
      INFO(levelName(level) << ": " << tilesText(tiles));
      graph.tiles = tiles;
      CheckOptions options;
      options.levels = {level};
      checkKernel(graph, options);
    }
  }
}

TEST_CASE("the rule's choice is within the space, and says the same as silence") {
  for (Level level : {Level::v3, Level::v4})
    for (KernelGraph graph : {geluLayer({1, 7, 7, 96}, 384), geluLayer({1, 28, 28, 96}, 384),
                              mlp({1, 14, 14, 96}), dwconv({1, 14, 14, 96})}) {
      const TileSpace &space = spaceOf(graph);
      const Tiles rule = ruleTiles(space, graph, level);
      CHECK(refuseTiles(space, graph, level, rule).empty());
      CHECK(space.complete(graph, level, rule) == rule);
      const std::vector<Tiles> candidates = candidateTiles(space, graph, level);
      CHECK(std::count(candidates.begin(), candidates.end(), rule) == 0);
      graph.tiles = rule;
      CHECK(tilesOf(space, graph, level) == rule);
    }
}

TEST_CASE("what the graph says goes before the rule, and the rule fits itself to it") {
  KernelGraph graph = geluLayer({1, 28, 28, 96}, 384);
  const Tiles rule = ruleTiles(spaceOf(graph), graph, Level::v4);
  graph.tiles = Tiles{};
  graph.tiles->rows = rule.rows - 1;
  const Tiles tiles = tilesOf(spaceOf(graph), graph, Level::v4);
  CHECK(tiles.rows == rule.rows - 1);
  CHECK(tiles.width == rule.width);
  CHECK(tiles.taskRows % tiles.rows == 0);
}

static std::string refusal(KernelGraph graph, const Tiles &tiles) {
  graph.tiles = tiles;
  try {
    compileKernel(graph, Level::v4, {});
  } catch (const UserError &error) {
    return error.what();
  }
  return "no error";
}

TEST_CASE("tiles that a kernel cannot have are refused by field") {
  const KernelGraph product = geluLayer({1, 7, 7, 96}, 384), block = mlp({1, 14, 14, 96});
  Tiles tiles;
  SECTION("a width that does not divide") {
    tiles.width = 80;
    CHECK_THAT(refusal(product, tiles), Contains("tiles.width: found 80, expected a multiple of "
                                                 "16 that divides 384"));
  }
  SECTION("sums that spill") {
    tiles.rows = 9;
    tiles.width = 48;
    CHECK_THAT(refusal(product, tiles), Contains("tiles.rows: found 9, expected rows whose sums"));
  }
  SECTION("an unroll that leaves a rest") {
    tiles.unroll = 3;
    CHECK_THAT(refusal(product, tiles), Contains("tiles.unroll: found 3"));
  }
  SECTION("a block that leaves a rest") {
    tiles.block = 36;
    CHECK_THAT(refusal(product, tiles),
               Contains("tiles.block: found 36, expected a divisor of 96"));
  }
  SECTION("a task that cuts a tile") {
    tiles.rows = 7;
    tiles.taskRows = 12;
    CHECK_THAT(refusal(product, tiles), Contains("tiles.task_rows: found 12"));
    CHECK_THAT(refusal(block, tiles), Contains("tiles.task_rows: found 12"));
  }
  SECTION("hidden rows that do not divide a task") {
    tiles.rows = 7;
    tiles.taskRows = 28;
    tiles.hiddenRows = 5;
    CHECK_THAT(refusal(block, tiles),
               Contains("tiles.hidden_rows: found 5, expected a divisor of task_rows 28"));
  }
  SECTION("a band that the map has not") {
    tiles.band = 15;
    CHECK_THAT(refusal(dwconv({1, 14, 14, 32}), tiles),
               Contains("tiles.band: found 15, expected 1 to 14"));
  }
  SECTION("a segment that leaves no registers") {
    tiles.segment = 15;
    CHECK_THAT(refusal(dwconv({1, 28, 28, 32}), tiles),
               Contains("tiles.segment: found 15, expected 1 to 14"));
  }
  SECTION("a field of other kernels") {
    tiles.band = 2;
    CHECK_THAT(refusal(product, tiles), Contains("tiles.band: found 2, expected none"));
  }
  SECTION("a fusion that leaves no choice") {
    GraphBuilder b;
    tiles.rows = 4;
    CHECK_THAT(refusal(groupOfOutput(b, b.gelu(b.input({1, 4, 4, 16})), "single"), tiles),
               Contains("found rows 4, expected none: fusion 'single' leaves no choice"));
  }
}
