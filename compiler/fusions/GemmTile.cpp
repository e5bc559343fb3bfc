#include "compiler/fusions/GemmTile.h"

#include <algorithm>

namespace cnx {

using namespace Halide;

// With 32 registers the tile that leaves less than two of them spills a few (5 x 80).
bool fitsRegisters(Level level, GemmTile tile) {
  const int spare = level == Level::v4 ? 2 : 0, vectors = tile.width / vectorLanes(level);
  return tile.rows * vectors + vectors + 1 + spare <= vectorRegisters(level);
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

namespace {

struct RankedTile {
  GemmTile tile;
  double score = 0;
};

} // namespace

static double scoreOf(Level level, int64_t rows, GemmTile tile) {
  const int r = tile.rows, vectors = tile.width / vectorLanes(level);
  const int64_t padded = (rows + r - 1) / r * r;
  const double score = innerLoop(r, vectors) * weightStream(r) * static_cast<double>(rows) /
                       static_cast<double>(padded);
  // Among equals the wider tile re-reads fewer activations, a taller one fewer weights: 7 x 48 and
  // 6 x 16 were measured best where they divide the shape, 6 x 64 before 7 x 32 where 48 does not:
  // 196x512x2048 86 % of peak and 82, 196x256x1024 96 and 92.
  return score + (1e-3 * std::min(r, 7) + 8e-4 * std::min(tile.width, 48));
}

// All tiles of one width, best first; of equals the lower one.
static std::vector<RankedTile> rankRows(Level level, int64_t rows, int width, bool exact) {
  std::vector<RankedTile> ranked;
  for (int r = 1; r <= rows && fitsRegisters(level, {r, width}); ++r)
    if (!exact || rows % r == 0)
      ranked.push_back({{r, width}, scoreOf(level, rows, {r, width})});
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const RankedTile &a, const RankedTile &b) { return a.score > b.score; });
  return ranked;
}

std::vector<GemmTile> rankGemmTiles(Level level, int64_t rows, int64_t paddedWidth, bool exact,
                                    size_t aWidth, size_t count) {
  std::vector<RankedTile> ranked;
  for (int width = 16; width <= paddedWidth && width <= 6 * 16; width += 16) {
    if (paddedWidth % width)
      continue;
    std::vector<RankedTile> each = rankRows(level, rows, width, exact);
    each.resize(std::min(each.size(), aWidth));
    ranked.insert(ranked.end(), each.begin(), each.end());
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const RankedTile &a, const RankedTile &b) { return a.score > b.score; });
  std::vector<GemmTile> tiles;
  for (const RankedTile &each : ranked)
    if (tiles.size() < count)
      tiles.push_back(each.tile);
  return tiles;
}

static GemmTile chooseTile(Level level, int64_t rows, int64_t paddedWidth, bool exact) {
  return rankGemmTiles(level, rows, paddedWidth, exact, 1, 1).at(0);
}

GemmTile chooseGemmTile(Level level, int64_t rows, int64_t paddedWidth) {
  return chooseTile(level, rows, paddedWidth, /*exact=*/false);
}

// Where 48 divides, 7 x 48 is as good. 49x4096x1024: 7 x 32 reached 58 % of peak, 6 x 64 66;
// 49x1024x4096: 64 and 71. Of 49 rows 6 x 64 wastes a tenth and 5 x 64 little: in blocks of 64
// steps the former reached 67 % of peak at 49x4096x1024, the latter 73.
GemmTile chooseStreamingGemmTile(Level level, int64_t rows, int64_t paddedWidth) {
  const GemmTile high{6, 64}, low{5, 64};
  if (level != Level::v4 || rows < high.rows || paddedWidth % high.width || paddedWidth % 48 == 0)
    return chooseGemmTile(level, rows, paddedWidth);
  const auto computed = [&](int tileRows) { return (rows + tileRows - 1) / tileRows * tileRows; };
  return computed(low.rows) < computed(high.rows) ? low : high;
}

GemmTile chooseExactGemmTile(Level level, int64_t rows, int64_t paddedWidth) {
  return chooseTile(level, rows, paddedWidth, /*exact=*/true);
}

// More of them hide the loop's own instructions and the prefetch: no more steps than passes share a
// line (PrefetchPanels). Measured, 196x384x1536: 80 % of peak with one, 86 with two, 88 to 90 with
// four.
int chooseUnroll(int64_t depth, int64_t passes, GemmTile tile) {
  const int64_t panels = tile.width / kChannelPad;
  int steps = 1;
  while (2 * steps <= 4 && depth % (2 * steps) == 0 &&
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

// `passes`: over one panel (or block of it).
static void prefetchWeights(Stages &stages, const std::string &role, GemmTile tile, int block,
                            int unroll, int64_t passes) {
  const Value &panels = stages.value(stages.panelsOf(role));
  PanelPrefetch product;
  product.acc = stages[role].name();
  product.weights = panels.name;
  product.element = panels.type == ElementType::bf16 ? UInt(16) : Float(32);
  product.panels = tile.width / static_cast<int>(kChannelPad);
  product.depth = static_cast<int>(panels.shape[1]);
  product.block = block ? block : product.depth;
  product.unroll = unroll;
  while (product.lines < unroll && passes * product.lines < int64_t{product.panels} * unroll)
    product.lines *= 2;
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
                   int64_t rows, GemmTile tile, Level level, int unroll) {
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
  const int64_t passes = (rows + tile.rows - 1) / tile.rows;
  const int steps = unroll ? unroll : chooseUnroll(depth / taps, passes, tile);
  std::vector<VarOrRVar> order = unrollSteps(acc.update(), acc.rvars(0), steps);
  order.insert(order.begin(), {channel, accRow});
  acc.update().vectorize(channel, lanes).reorder(order).unroll(channel).unroll(accRow);
  if (rows > tile.rows)
    widenPanels(stages, role, LoopLevel(consumer, loops.panel), tile, lanes);
  prefetchWeights(stages, role, tile, 0, steps, passes);
  return loops;
}

// Halide keeps 16 KiB at most on the stack, where the accumulators can move to registers and back.
bool fitsDeepGemm(int64_t rows, GemmTile tile) {
  const int64_t padded = (rows + tile.rows - 1) / tile.rows * tile.rows;
  return padded * tile.width * 4 <= 16 * 1024;
}

int deepBlock(Level level, int64_t depth, int64_t rows, GemmTile tile) {
  // Bytes of panels that the tile's products want a cycle. Where that is more than the level-2
  // cache gives with ease, a block stays in the level-1 cache, of any machine, for all tiles of
  // rows; else it stays in the level-2 cache. 49x4096x1024, 6 x 64: 512 steps 62 % of peak, 64
  // steps 67; 5 x 64: 128 steps 70, 64 steps 73; 49x3072x768, 7 x 48: 768 steps 69, 96 steps 73. At
  // v3, which asks for less, no block was faster than none.
  const bool isHungry = 8 * vectorLanes(level) > 16 * tile.rows;
  const int64_t panelBytes = depth * tile.width * 4, least = 256 * 1024;
  if ((isHungry ? panelBytes < least : panelBytes <= least) || !fitsDeepGemm(rows, tile))
    return 0;
  const int64_t blockBytes = (isHungry ? 20 : 160) * 1024;
  const int64_t most = depth / 8; // shorter blocks move the sums more than they compute
  for (int64_t parts = (panelBytes + blockBytes - 1) / blockBytes; parts <= most; ++parts)
    if (depth % parts == 0)
      return static_cast<int>(depth / parts);
  return 0;
}

void tileDeepGemm(Stages &stages, const std::string &role, Stage stage, Func consumer, Var row,
                  int64_t rows, GemmTile tile, Level level, int block, int unroll) {
  const int lanes = vectorLanes(level);
  Func acc = stages[role];
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
  RVar inStep("k_in_step");
  acc.update()
      .split(acc.rvars(0)[0], blocks, step, block, TailStrategy::GuardWithIf)
      .split(step, step, inStep, unroll, TailStrategy::GuardWithIf)
      .split(accRow, accTile, inTile, tile.rows, TailStrategy::GuardWithIf)
      .split(channel, vector, lane, lanes, TailStrategy::GuardWithIf)
      .reorder(lane, vector, inTile, inStep, step, accTile, blocks)
      .vectorize(lane)
      .unroll(vector)
      .unroll(inTile)
      .unroll(inStep);
  widenPanels(stages, role, LoopLevel(acc, blocks), tile, lanes);
  prefetchWeights(stages, role, tile, block, unroll, padded / tile.rows);
}

} // namespace cnx
