// gemm_residual: the second half of an MLP.
//
//   h ─► [image_scale ─► [channel_bias]] ─► linear ─► [scale] ─► [drop_path] ─► add ─► out
//   (M,4C)                                             x ────────────────────────┘  (may be
//   overwritten)
//
// With image_scale it is V2's: GRN's factor is applied to a tile of rows on its way into the
// product. Where tasks are panels every task would repeat that, so there image_scale stays a kernel
// of its own (in place).
#include "compiler/fusions/Chain.h"
#include "compiler/fusions/Fusion.h"
#include "compiler/fusions/ProductKernel.h"
#include "compiler/fusions/ProductTiles.h"

namespace cnx {

using namespace Halide;

static std::optional<std::vector<int>> match(const KernelGraph &function, int anchor,
                                             std::string *declined) {
  Chain chain(function, anchor, declined);
  const bool scaled = isOp(function, anchor, "image_scale");
  if (scaled) {
    chain.then("channel_bias");
    if (!chain.then("linear"))
      return chain.decline("no linear layer follows, or the scaled map has another reader");
  } else if (!isOp(function, anchor, "linear")) {
    return std::nullopt;
  }
  const Value panels = chain.operand(1);
  chain.then("scale");
  chain.then("drop_path");
  if (!chain.then("add"))
    return std::nullopt;
  if (scaled && hasFewRows(rowsOf(chain.description()), panels))
    return chain.decline("few rows: every task of a panel would scale the whole map");
  return chain.nodes();
}

static const TileSpace kTiles = productTileSpace("GemmResidual", {
#include "compiler/fusions/GemmResidual.tiles.inc"
                                                                 });

static void schedule(Stages &stages, const KernelGraph &graph, Level level) {
  ProductLoops loops =
      scheduleProduct(stages, lastValue(graph), 0, level, tilesOf(kTiles, graph, level));
  if (!stages.has("image_scale0"))
    return;
  Func prologue = stages[stages.has("channel_bias0") ? "channel_bias0" : "image_scale0"];
  prologue.compute_at(loops.task).vectorize(stages.c, vectorLanes(level), TailStrategy::RoundUp);
}

extern const Fusion kGemmResidual;
const Fusion kGemmResidual = {"gemm_residual", "a linear layer added to the residual stream",
                              match,           schedule,
                              nullptr,         &kTiles};

} // namespace cnx
