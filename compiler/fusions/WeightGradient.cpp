#include "compiler/fusions/WeightGradient.h"

#include "compiler/fusions/GemmTile.h"
#include "compiler/fusions/ProductKernel.h"

#include <algorithm>

namespace cnx {

using namespace Halide;

static int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

static int rowsThatFit(Level level, int width) {
  const int vectors = width / vectorLanes(level);
  return (vectorRegisters(level) - vectors - 1) / vectors;
}

GradientTile chooseGradientTile(Level level, const std::vector<int64_t> &shape, int64_t inner,
                                int64_t chunk, bool allPanels) {
  const GemmTile gemm = chooseGemmTile(level, inner, shape[0] * kChannelPad);
  GradientTile tile;
  tile.panels = gemm.width / static_cast<int>(kChannelPad);
  tile.rows = gemm.rows;
  if (allPanels) // what is made for a task has columns of a known number
    for (tile.rows = rowsThatFit(level, gemm.width); inner % tile.rows;)
      --tile.rows;
  const int64_t tilesDown = ceilDiv(shape[1], tile.rows), tilesAcross = shape[0] / tile.panels;
  double best = -1;
  for (int64_t down = 1; down <= tilesDown; ++down)
    for (int64_t across = 1; across <= tilesAcross; ++across) {
      const int64_t rows = down * tile.rows, width = across * gemm.width;
      if (tilesDown % down || tilesAcross % across)
        continue;
      if (allPanels && (across < tilesAcross || (rows % kChannelPad && down < tilesDown)))
        continue;
      // What stays in the level-2 cache while a chunk goes by; the panels' side streams.
      const double bytes = static_cast<double>(4 * (chunk * (rows + gemm.width) + rows * width));
      // Multiply-adds per number read, and tasks that one, two and four threads share evenly.
      const double intensity =
          static_cast<double>(rows * width) / static_cast<double>(rows + width);
      const int64_t tasks = tilesDown / down * (tilesAcross / across);
      double score = 0;
      for (int64_t threads : {1, 2, 4})
        score +=
            static_cast<double>(tasks) / static_cast<double>(ceilDiv(tasks, threads) * threads);
      score *= intensity / (intensity + 8) * std::min(1.0, 512 * 1024 / bytes);
      if (score > best) {
        best = score;
        tile.taskRows = static_cast<int>(rows);
        tile.taskPanels = static_cast<int>(across) * tile.panels;
      }
    }
  return tile;
}

namespace {

struct Loops {
  Var k{"k_tile"}, p{"p_tile"}, inK{"in_k"}, inP{"in_p"}, vector{"vector"}, lane{"lane"};
};

} // namespace

// Cuts (c, k, p) of a stage into register tiles.
static void cutGradient(Stages &s, Stage stage, const Var &k, const Var &p, const Loops &loops,
                        const GradientTile &tile, int lanes) {
  stage.split(k, loops.k, loops.inK, tile.rows, TailStrategy::GuardWithIf)
      .split(p, loops.p, loops.inP, tile.panels, TailStrategy::GuardWithIf)
      .split(s.c, loops.vector, loops.lane, lanes, TailStrategy::GuardWithIf)
      .vectorize(loops.lane)
      .unroll(loops.vector)
      .unroll(loops.inP)
      .unroll(loops.inK);
}

// The product of one chunk, in registers.
static void accumulate(Stages &s, Func acc, Func consumer, const Loops &loops,
                       const GradientTile &tile, int lanes) {
  acc.compute_at(consumer, loops.k)
      .bound_extent(s.c, static_cast<int>(kChannelPad))
      .bound_extent(s.k, tile.rows)
      .bound_extent(s.p, tile.panels)
      .vectorize(s.c, lanes)
      .unroll(s.c)
      .unroll(s.k)
      .unroll(s.p);
  std::vector<VarOrRVar> order = {s.c, s.p, s.k};
  for (const RVar &row : acc.rvars(0))
    order.push_back(row);
  acc.update().vectorize(s.c, lanes).reorder(order).unroll(s.c).unroll(s.p).unroll(s.k);
}

bool isMatrixGradient(const std::string &op) {
  return op == "linear_grad_weight" || op == "patch_conv_grad_weight";
}

namespace {

// The graph's product, and what makes its operand.
struct Product {
  const Node *node = nullptr;
  std::string made; // the prologue's last stage; empty where there is none
};

} // namespace

static Product productOf(const KernelGraph &graph) {
  Product product;
  for (const Node &node : graph.nodes) {
    if (isMatrixGradient(node.op))
      product.node = &node;
    else if (!product.node)
      product.made = node.op + "0";
  }
  return product;
}

static GradientTile tileOf(const KernelGraph &graph, Level level) {
  const Product product = productOf(graph);
  const std::vector<int64_t> &shape = graph.values[product.node->outputs.at(0)].shape;
  // A convolution's channels, where they are enough for a tile.
  const int64_t channels = graph.values[product.node->inputs.at(1)].shape.back();
  return chooseGradientTile(level, shape, channels >= 8 ? channels : shape.at(1), 256,
                            !product.made.empty());
}

int gradientStripWidth(const KernelGraph &graph, Level level) { return tileOf(graph, level).rows; }

// Rows of the activation that are copied together: few enough to stay in the level-1 cache, whose
// sets their pitch may make the same.
static constexpr int kPackedRows = 8;

static LoopLevel packStrips(Stages &s, Func strips, const LoopLevel &at, const GradientTile &tile) {
  std::vector<Var> args = strips.args();
  const bool bands = args[2].name() != "strip";
  Var inStrip = args[0], row = args[1], strip = args[bands ? 3 : 2];
  Var rows("rows"), inRows("in_rows");
  strips.compute_at(at)
      .bound_extent(inStrip, tile.rows)
      .bound_extent(strip, tile.taskRows / tile.rows)
      .split(row, rows, inRows, kPackedRows, TailStrategy::GuardWithIf)
      .vectorize(inStrip)
      .reorder(inStrip, inRows, strip, rows);
  (void)s;
  return LoopLevel(strips, rows);
}

static void packPanels(Func panels, const LoopLevel &at, const GradientTile &tile, int lanes) {
  std::vector<Var> args = panels.args();
  const bool bands = args[2].name() != "panel";
  Var lane = args[0], row = args[1], panel = args[bands ? 3 : 2];
  panels.compute_at(at)
      .bound_extent(lane, static_cast<int>(kChannelPad))
      .bound_extent(panel, tile.panels)
      .reorder(lane, panel, row)
      .vectorize(lane, lanes)
      .unroll(lane)
      .unroll(panel);
}

void scheduleWeightGradient(Stages &stages, const KernelGraph &graph, Level level) {
  const Product product = productOf(graph);
  const std::string role = stages.roleOf(product.node->outputs.at(0)) + ".sum";
  const int lanes = vectorLanes(level);
  Func f = stages.stageOf(lastValue(graph));
  const bool chunked = stages.has(role + ".chunk");
  const GradientTile tile = tileOf(graph, level);
  Stage stage = Stages::computing(f);
  Var taskK("task_k"), taskP("task_p"), task("task"), k("k_of_task"), p("p_of_task");
  const Loops loops;
  stage.split(stages.k, taskK, k, tile.taskRows, TailStrategy::GuardWithIf)
      .split(stages.p, taskP, p, tile.taskPanels, TailStrategy::GuardWithIf);
  cutGradient(stages, stage, k, p, loops, tile, lanes);
  // Tasks that share their k follow each other.
  stage.reorder(loops.lane, loops.vector, loops.inP, loops.inK, loops.k, loops.p, taskP, taskK)
      .fuse(taskP, taskK, task)
      .parallel(task);
  LoopLevel chunk(f, task), tiles(f, loops.p);
  if (chunked) {
    Func sum = stages[role];
    sum.compute_at(f, task)
        .bound_extent(stages.c, static_cast<int>(kChannelPad))
        .bound_extent(stages.k, tile.taskRows)
        .bound_extent(stages.p, tile.taskPanels)
        .vectorize(stages.c, lanes);
    cutGradient(stages, sum.update(), stages.k, stages.p, loops, tile, lanes);
    std::vector<VarOrRVar> order = {loops.lane, loops.vector, loops.inP,
                                    loops.inK,  loops.k,      loops.p};
    for (const RVar &of : sum.rvars(0))
      order.push_back(of);
    sum.update().reorder(order);
    accumulate(stages, stages[role + ".chunk"], sum, loops, tile, lanes);
    chunk = LoopLevel(sum, sum.rvars(0).front());
    tiles = LoopLevel(sum, loops.p);
  } else {
    accumulate(stages, stages[role], f, loops, tile, lanes);
  }
  const LoopLevel rows = packStrips(stages, stages[role + ".strips"], chunk, tile);
  packPanels(stages[role + ".panels"], tiles, tile, lanes);
  if (!product.made.empty())
    stages[product.made]
        .compute_at(rows)
        .align_bounds(stages.c, lanes)
        .vectorize(stages.c, lanes);
}

} // namespace cnx
