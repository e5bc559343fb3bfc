// gemm_norm_grad: through the first layer of an MLP and the norm before it.
//
//   dh ─► linear, by panels of the transposed weight ─► [scale] ─► layer_norm_grad ─► dd
//   (M,4C)                                      xhat, rstd ──────────────┘          (M,C)
//
// The cotangent of the normalised rows waits in the cache for its means over channels. Where rows
// are few it is made whole first, with a task a panel (each weight is read once).
#include "compiler/fusions/Chain.h"
#include "compiler/fusions/Fusion.h"
#include "compiler/fusions/GemmTile.h"
#include "compiler/fusions/NormGradient.h"
#include "compiler/fusions/ProductKernel.h"
#include "compiler/fusions/RowLoops.h"
#include "compiler/fusions/RowTile.h"

namespace cnx {

using namespace Halide;

static std::optional<std::vector<int>> match(const KernelGraph &function, int anchor,
                                             std::string *declined) {
  if (!isOp(function, anchor, "linear"))
    return std::nullopt;
  Chain chain(function, anchor, declined);
  return normGradient(function, chain);
}

static void schedule(Stages &stages, const KernelGraph &graph, Level level) {
  const int out = lastValue(graph), cotangent = nodeOf(graph, "layer_norm_grad", 0).inputs[0];
  const Value &panels = stages.value(nodeOf(graph, "linear", 0).inputs.at(1));
  const int64_t rows = stages.rowExtent(out);
  Func g = stages.stageOf(cotangent);
  if (hasFewRows(rows, panels)) {
    scheduleProduct(stages, cotangent, 0, level);
    g.compute_root();
    scheduleNormGradient(stages, out, chooseRowTile(rows, 1, 16), level);
    return;
  }
  const GemmTile tile = chooseGemmTile(level, rows, stages.paddedWidth(out));
  const int64_t taskRows = chooseRowTile(rows, tile.rows, 64);
  LoopLevel task = scheduleNormGradient(stages, out, taskRows, level);
  g.compute_at(task)
      .bound_extent(stages.m, static_cast<int>(taskRows))
      .align_bounds(stages.c, tile.width);
  tileGemm(stages, "linear0.acc", g, g, stages.m, taskRows, tile, level);
}

extern const Fusion kGemmNormGrad;
const Fusion kGemmNormGrad = {"gemm_norm_grad", "a layer's input gradient and the norm's", match,
                              schedule};

} // namespace cnx
