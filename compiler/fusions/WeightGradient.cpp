#include "compiler/fusions/WeightGradient.h"

#include "compiler/fusions/GradientTile.h"
#include "compiler/fusions/ProductKernel.h"
#include "compiler/kernels/ops/RowChunks.h"

namespace cnx {

using namespace Halide;

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

// Rows that one iteration of a product does. It prefetches a line of both sides: with fewer rows
// that costs more than it gives.
static constexpr int kUnroll = 4;

// Rows of a chunk where iterations divide them; 0 where they do not, or rows have two dimensions.
static int rowsInIterations(const RowChunks &chunks) {
  const Region &inside = chunks.inside();
  const int rows = static_cast<int>(*Internal::as_const_int(inside[0].extent));
  return inside.size() == 1 && rows % kUnroll == 0 ? rows : 0;
}

// The product of one chunk, in registers.
static void accumulate(Stages &s, Func acc, Func consumer, int chunkRows, const Loops &loops,
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
  std::vector<RVar> rows = acc.rvars(0);
  if (chunkRows) {
    RVar inStep("in_step");
    acc.update().split(rows[0], rows[0], inStep, kUnroll, TailStrategy::GuardWithIf).unroll(inStep);
    order.push_back(inStep);
  }
  order.insert(order.end(), rows.begin(), rows.end());
  acc.update().vectorize(s.c, lanes).reorder(order).unroll(s.c).unroll(s.p).unroll(s.k);
}

// A copy's storage, as (k or lane, rows of a chunk, strip or panel, chunk): what the last chunk has
// less is copied all the same.
static void boundCopy(Func copy, const RowChunks &chunks, int width, int count) {
  const std::vector<Var> args = copy.args();
  const Region &inside = chunks.inside();
  copy.store_in(MemoryType::Heap) // four stages of 16 KiB each are too much for a worker's stack
      .bound_extent(args[0], width)
      .bound_extent(args[1 + inside.size()], count);
  for (size_t i = 0; i < inside.size(); ++i)
    copy.bound_extent(args[1 + i], inside[i].extent);
}

// Rows that are copied together: few enough for the level-1 cache, where their pitch may put them
// into the same sets.
static constexpr int kPackedRows = 8;

// The copy of the columns that a task reads. Returns where a stage that the columns are made of may
// be computed: once for kPackedRows.
static LoopLevel packStrips(Func strips, const LoopLevel &at, const RowChunks &chunks,
                            const GradientTile &tile) {
  const std::vector<Var> args = strips.args();
  boundCopy(strips, chunks, tile.rows, tile.taskRows / tile.rows);
  Var rows("rows"), inRows("in_rows");
  strips.compute_at(at)
      .split(args[1], rows, inRows, kPackedRows, TailStrategy::GuardWithIf)
      .reorder(args[0], inRows, args[1 + chunks.inside().size()], rows)
      .vectorize(args[0]);
  return LoopLevel(strips, rows);
}

// The copy of the panels of a register tile.
static void packPanels(Func panels, const LoopLevel &at, const RowChunks &chunks,
                       const GradientTile &tile, int lanes) {
  const std::vector<Var> args = panels.args();
  const Var &panel = args[1 + chunks.inside().size()];
  boundCopy(panels, chunks, static_cast<int>(kChannelPad), tile.panels);
  panels.compute_at(at)
      .reorder(args[0], panel, args[1])
      .vectorize(args[0], lanes)
      .unroll(args[0])
      .unroll(panel);
}

// The rows of both sides that come next.
static void prefetchOperands(Stages &s, const GradientProduct &product, const Func &acc,
                             int chunkRows, bool chunked, const GradientTile &tile) {
  if (s.spatial() || !chunkRows) // rows of patches are no rows of an activation
    return;
  const KernelGraph &graph = s.graph();
  const int read =
      product.made.empty() ? product.node->inputs.at(1) : graph.nodes.front().inputs.at(0);
  const Value &panels = s.value(product.node->inputs.at(0)), &columns = s.value(read);
  RowPrefetch side;
  side.acc = acc.name();
  side.chunkRows = chunkRows;
  side.tasksAcross = static_cast<int>(s.value(lastValue(graph)).shape.at(0)) / tile.taskPanels;
  side.panels = true;
  side.activation = panels.name;
  side.pitch = static_cast<int>(panels.pitch);
  side.taskColumns = tile.taskPanels * static_cast<int>(kChannelPad);
  side.nextColumns = tile.panels * static_cast<int>(kChannelPad);
  s.prefetchRows(side);
  if (!chunked || columns.type != ElementType::f32)
    return;
  side.panels = false;
  side.activation = columns.name;
  side.pitch = static_cast<int>(columns.pitch);
  side.taskColumns = side.nextColumns = tile.taskRows;
  s.prefetchRows(side);
}

void scheduleWeightGradient(Stages &stages, const KernelGraph &graph, Level level) {
  const GradientProduct product = gradientProduct(graph);
  const std::string role = stages.roleOf(product.node->outputs.at(0)) + ".sum";
  const RowChunks chunks = productChunks(stages, product.node->inputs.at(0));
  const bool chunked = !chunks.chunks().empty();
  const int chunkRows = rowsInIterations(chunks);
  const GradientTile tile = gradientTile(graph, level);
  const int lanes = vectorLanes(level);
  Func f = stages.stageOf(lastValue(graph)), acc = stages[chunked ? role + ".chunk" : role];
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
    const std::vector<RVar> all = sum.rvars(0);
    order.insert(order.end(), all.begin(), all.end());
    sum.update().reorder(order);
    chunk = LoopLevel(sum, all.front());
    tiles = LoopLevel(sum, loops.p);
  }
  accumulate(stages, acc, chunked ? stages[role] : f, chunkRows, loops, tile, lanes);
  // Rows that repeat are copied, else every step of the product would have to look.
  if (tile.copiesPanels || chunks.lastIsShorter())
    packPanels(stages[role + ".panels"], tiles, chunks, tile, lanes);
  const bool copiesStrips = tile.copiesStrips || (chunks.lastIsShorter() && !stages.spatial());
  if (copiesStrips)
    chunk = packStrips(stages[role + ".strips"], chunk, chunks, tile);
  if (!product.made.empty()) {
    Func made = stages[product.made];
    made.compute_at(chunk).align_bounds(stages.c, lanes).vectorize(stages.c, lanes);
    if (copiesStrips && !stages.spatial()) // the last chunk's rows repeat
      made.bound_storage(stages.m, kPackedRows);
  }
  prefetchOperands(stages, product, acc, chunkRows, chunked, tile);
}

} // namespace cnx
