#include "compiler/fusions/GemmTile.h"

#include <algorithm>

namespace cnx {

using namespace Halide;

// With 32 registers the tile that leaves less than two of them spills a few (5 x 80).
static bool fitsRegisters(Level level, int rows, int vectors) {
  const int spare = level == Level::v4 ? 2 : 0;
  return rows * vectors + vectors + 1 + spare <= vectorRegisters(level);
}

// Share of the peak that the tile's inner loop can reach, a model: two loads and two multiply-adds
// a cycle, four cycles latency; a tenth of slack is asked for, since loads also wait for caches.
static double innerLoop(int rows, int vectors) {
  double products = rows * vectors, loads = rows + vectors;
  return std::min({1.0, products / (1.4 * loads), products / 10.0});
}

// The same for the panels' way from the level-2 cache, a line a vector each step: of few rows it
// takes as long as their products. 196x160x640: 4 x 80 reached 79 % of peak, 7 x 32 86.
static double weightStream(int rows) { return 1 - 0.02 * std::max(0, 6 - rows); }

static GemmTile chooseTile(Level level, int64_t rows, int64_t paddedWidth, bool exact) {
  GemmTile best;
  double bestScore = 0;
  const int lanes = vectorLanes(level);
  for (int width = 16; width <= paddedWidth && width <= 6 * 16; width += 16) {
    if (paddedWidth % width)
      continue;
    for (int r = 1; r <= rows && fitsRegisters(level, r, width / lanes); ++r) {
      int64_t padded = (rows + r - 1) / r * r;
      if (exact && padded != rows)
        continue;
      double score = innerLoop(r, width / lanes) * weightStream(r) * static_cast<double>(rows) /
                     static_cast<double>(padded);
      // Among equals the wider tile re-reads fewer activations, a taller one fewer weights: 7 x 48
      // and 6 x 16 were measured best where they divide the shape, 6 x 64 before 7 x 32 where 48
      // does not: 196x512x2048 86 % of peak and 82, 196x256x1024 96 and 92.
      score += 1e-3 * std::min(r, 7) + 8e-4 * std::min(width, 48);
      if (score > bestScore) {
        bestScore = score;
        best = {r, width};
      }
    }
  }
  return best;
}

GemmTile chooseGemmTile(Level level, int64_t rows, int64_t paddedWidth) {
  return chooseTile(level, rows, paddedWidth, /*exact=*/false);
}

// Where 48 divides, 7 x 48 is as good. 49x4096x1024: 7 x 32 reached 58 % of peak, 6 x 64 66;
// 49x1024x4096: 64 and 71.
GemmTile chooseStreamingGemmTile(Level level, int64_t rows, int64_t paddedWidth) {
  const GemmTile wide{6, 64};
  const bool fits = level == Level::v4 && rows >= wide.rows && paddedWidth % wide.width == 0;
  return fits && paddedWidth % 48 != 0 ? wide : chooseGemmTile(level, rows, paddedWidth);
}

GemmTile chooseExactGemmTile(Level level, int64_t rows, int64_t paddedWidth) {
  return chooseTile(level, rows, paddedWidth, /*exact=*/true);
}

// Steps of K that one iteration does. More of them hide the loop's own instructions and the
// prefetch, of which there is one an iteration: no more steps than passes share a line
// (PrefetchPanels). Measured, 196x384x1536: 80 % of peak with one, 86 with two, 88 to 90 with four.
static int unrollOf(int64_t innerDepth, int64_t passes, GemmTile tile) {
  const int64_t panels = tile.width / kChannelPad;
  int steps = 1;
  while (2 * steps <= 4 && innerDepth % (2 * steps) == 0 &&
         (passes < panels || 2 * steps * panels <= passes))
    steps *= 2;
  return steps;
}

// Cuts the innermost reduction loop of `stage` and unrolls; returns its loops, inner first.
static std::vector<VarOrRVar> unrollSteps(Stage stage, const std::vector<RVar> &k, int steps) {
  std::vector<VarOrRVar> order;
  if (steps == 1)
    return {k.begin(), k.end()};
  RVar inner("k_in_step"), outer("k");
  stage.split(k[0], outer, inner, steps, TailStrategy::GuardWithIf).unroll(inner);
  order = {inner, outer};
  order.insert(order.end(), k.begin() + 1, k.end());
  return order;
}

static void prefetchWeights(Stages &stages, const std::string &role, GemmTile tile, int block,
                            int unroll) {
  const Value &panels = stages.value(stages.panelsOf(role));
  PanelPrefetch product;
  product.acc = stages[role].name();
  product.weights = panels.name;
  product.element = panels.type == ElementType::bf16 ? UInt(16) : Float(32);
  product.panels = tile.width / static_cast<int>(kChannelPad);
  product.depth = static_cast<int>(panels.shape[1]);
  product.block = block ? block : product.depth;
  product.unroll = unroll;
  stages.prefetchPanels(product);
}

TileLoops cutTiles(const Stages &stages, Stage stage, Var row, GemmTile tile, Level level) {
  TileLoops loops;
  Var inPanel("in_panel"), vector("vector"), lane("lane"), inTile("in_tile");
  stage.split(stages.c, loops.panel, inPanel, tile.width, TailStrategy::GuardWithIf)
      .split(row, loops.tile, inTile, tile.rows, TailStrategy::GuardWithIf)
      .split(inPanel, vector, lane, vectorLanes(level), TailStrategy::GuardWithIf)
      .reorder(lane, vector, inTile, loops.tile, loops.panel)
      .vectorize(lane)
      .unroll(vector)
      .unroll(inTile);
  return loops;
}

TileLoops cutPanels(const Stages &stages, Stage stage, Var row, GemmTile tile, Level level) {
  TileLoops loops;
  Var inPanel("in_panel"), vector("vector"), lane("lane");
  stage.split(stages.c, loops.panel, inPanel, tile.width, TailStrategy::GuardWithIf)
      .split(inPanel, vector, lane, vectorLanes(level), TailStrategy::GuardWithIf)
      .reorder(lane, vector, row, loops.panel)
      .vectorize(lane)
      .unroll(vector);
  return loops;
}

// Panels of bfloat16 are widened once for all rows that meet them, in scratch. In the innermost
// loop that took 20 % of a product's speed: two instructions a vector, beside 21 multiply-adds for
// three.
static void widenPanels(Stages &stages, const std::string &role, LoopLevel level, GemmTile tile,
                        int lanes) {
  const std::string name = role.substr(0, role.rfind('.')) + ".panels";
  if (!stages.has(name))
    return;
  Func wide = stages[name];
  Var vector("vector"), lane("lane");
  wide.compute_at(level)
      .bound_extent(stages.c, tile.width)
      .split(stages.c, vector, lane, lanes, TailStrategy::RoundUp)
      .reorder(lane, vector, stages.k)
      .vectorize(lane)
      .unroll(vector);
}

TileLoops tileGemm(Stages &stages, const std::string &role, Stage stage, Func consumer, Var row,
                   int64_t rows, GemmTile tile, Level level) {
  const int lanes = vectorLanes(level);
  Func acc = stages[role];
  const TileLoops loops = cutTiles(stages, stage, row, tile, level);
  const Var channel = acc.args()[0], accRow = acc.args()[1];
  acc.compute_at(consumer, loops.tile)
      .bound_extent(channel, tile.width)
      .bound_extent(accRow, tile.rows)
      .vectorize(channel, lanes)
      .unroll(channel)
      .unroll(accRow);
  const int64_t depth = stages.value(stages.panelsOf(role)).shape[1];
  const int64_t taps = stages.tapsOf(role); // K is taps x channels, channels innermost
  const int steps = unrollOf(depth / taps, (rows + tile.rows - 1) / tile.rows, tile);
  std::vector<VarOrRVar> order = unrollSteps(acc.update(), acc.rvars(0), steps);
  order.insert(order.begin(), {channel, accRow});
  acc.update().vectorize(channel, lanes).reorder(order).unroll(channel).unroll(accRow);
  if (rows > tile.rows)
    widenPanels(stages, role, LoopLevel(consumer, loops.panel), tile, lanes);
  prefetchWeights(stages, role, tile, 0, steps);
  return loops;
}

int deepBlock(int64_t depth, int64_t rows, GemmTile tile) {
  const int64_t panelBytes = depth * tile.width * 4;
  const int64_t padded = (rows + tile.rows - 1) / tile.rows * tile.rows;
  // Halide keeps 16 KiB at most on the stack, where the accumulators can move to registers and
  // back.
  if (panelBytes <= 256 * 1024 || padded * tile.width * 4 > 16 * 1024)
    return 0;
  for (int64_t parts = (panelBytes + 160 * 1024 - 1) / (160 * 1024); parts <= 32; ++parts)
    if (depth % parts == 0)
      return static_cast<int>(depth / parts);
  return 0;
}

void tileDeepGemm(Stages &stages, const std::string &role, Stage stage, Func consumer, Var row,
                  int64_t rows, GemmTile tile, Level level) {
  const int lanes = vectorLanes(level);
  Func acc = stages[role];
  const int block = deepBlock(stages.value(stages.panelsOf(role)).shape[1], rows, tile);
  const Var panel = cutPanels(stages, stage, row, tile, level).panel;
  const Var channel = acc.args()[0], accRow = acc.args()[1];
  const int padded = static_cast<int>((rows + tile.rows - 1) / tile.rows * tile.rows);
  acc.compute_at(consumer, panel)
      .bound_extent(channel, tile.width)
      .bound_extent(accRow, padded)
      .vectorize(channel, lanes)
      .unroll(channel);
  Var accTile("tile"), inTile("in_tile"), vector("vector"), lane("lane");
  RVar blocks("block"), step("k");
  const int steps = unrollOf(block, padded / tile.rows, tile);
  RVar inStep("k_in_step");
  acc.update()
      .split(acc.rvars(0)[0], blocks, step, block, TailStrategy::GuardWithIf)
      .split(step, step, inStep, steps, TailStrategy::GuardWithIf)
      .split(accRow, accTile, inTile, tile.rows, TailStrategy::GuardWithIf)
      .split(channel, vector, lane, lanes, TailStrategy::GuardWithIf)
      .reorder(lane, vector, inTile, inStep, step, accTile, blocks)
      .vectorize(lane)
      .unroll(vector)
      .unroll(inTile)
      .unroll(inStep);
  widenPanels(stages, role, LoopLevel(acc, blocks), tile, lanes);
  prefetchWeights(stages, role, tile, block, steps);
}

} // namespace cnx
