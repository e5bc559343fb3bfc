// mlp: a block's whole MLP for one tile of rows at a time.
//
//   xhat ─► [affine] ─► linear ─► gelu ─► linear ─► [scale] ─► [drop_path] ─► add ─► out
//   (M,C)                  │ (M,4C) in cache                                   ▲
//   x ─────────────────────┼───────────────────────────────────────────────────┘  (may be
//                          └─► h, where backward reads it                       overwritten)
//
// For stages of many rows and weights that stay in the level-2 cache: the hidden tensor, four times
// as wide as its neighbours, is never written to memory. Where rows are few the weights are the
// traffic, and two kernels with a task a panel (gemm_gelu, gemm_residual) read each of them once.
#include "compiler/fusions/Chain.h"
#include "compiler/fusions/Fusion.h"
#include "compiler/fusions/GemmTile.h"
#include "compiler/fusions/MlpTiles.h"
#include "compiler/fusions/ProductKernel.h"
#include "compiler/fusions/RowLoops.h"

namespace cnx {

using namespace Halide;

static std::optional<std::vector<int>> match(const KernelGraph &function, int anchor,
                                             std::string *declined) {
  Chain chain(function, anchor, declined);
  if (isOp(function, anchor, "affine") ? !chain.then("linear") : !isOp(function, anchor, "linear"))
    return std::nullopt;
  const Value panels = chain.operand(1);
  if (!chain.thenExporting("gelu"))
    return std::nullopt;
  if (!chain.then("linear"))
    return chain.decline("the activation has another reader, or none that is a linear layer");
  chain.then("scale");
  chain.then("drop_path");
  if (!chain.then("add"))
    return chain.decline("no residual addition follows");
  if (hasFewRows(rowsOf(chain.description()), panels))
    return chain.decline("few rows: a task a panel reads each weight once");
  return chain.nodes();
}

static void schedule(Stages &stages, const KernelGraph &graph, Level level) {
  const int out = lastValue(graph), h = nodeOf(graph, "gelu", 0).inputs[0];
  const bool keepsH = stages.value(h).role == Role::output;
  Func f = stages.stageOf(out), hidden = stages["gelu0"];
  Stage stage = Stages::computing(f);
  const Tiles tiles = tilesOf(kMlpTiles, graph, level);
  const GemmTile tile{tiles.rows, tiles.width}, hiddenTile{tiles.hiddenRows, tiles.hiddenWidth};
  const int64_t taskRows = tiles.taskRows;
  computeApart(stages, out, level, tile.width);
  RowLoops loops = parallelRows(stages, stage, out, taskRows);
  tileGemm(stages, "linear1.acc", stage, f, loops.row, taskRows, tile, level, tiles.unroll);

  // h that leaves waits in the cache beside its activation, until the task has a copy written.
  Func product = keepsH ? stages["linear0"] : hidden;
  for (Func tileOfRows : {hidden, product})
    tileOfRows.compute_at(f, loops.task)
        .bound_extent(stages.m, tiles.taskRows)
        .align_bounds(stages.c, hiddenTile.width);
  tileGemm(stages, "linear0.acc", product, product, stages.m, taskRows, hiddenTile, level,
           tiles.hiddenUnroll);
  if (keepsH) {
    hidden.vectorize(stages.c, vectorLanes(level));
    Func copy = stages.exportCopy(h);
    parallelRows(stages, copy, h, taskRows);
    scheduleCopy(stages, h, level);
    copy.compute_with(stage, loops.task);
  }
  if (stages.has("affine0"))
    stages["affine0"]
        .compute_at(f, loops.task)
        .vectorize(stages.c, vectorLanes(level), TailStrategy::RoundUp);
}

extern const Fusion kMlp;
const Fusion kMlp = {"mlp",   "both linear layers of a block with what lies between and after them",
                     match,   schedule,
                     nullptr, &kMlpTiles};

} // namespace cnx
