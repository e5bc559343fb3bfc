// gemm_gelu: the first half of an MLP, hidden tensor to memory.
//
//   xhat ─► [affine] ─► linear ─► gelu ─► a
//   (M,C)                  │            (M,4C)
//                          └─► h, where backward reads it
//
// For blocks whose rows are too few for `mlp` (tasks are panels: 49 x 3072 x 768 reads its 9.4 MB
// of weights once), and for V2, where GRN needs the whole map before the second half.
#include "compiler/fusions/Chain.h"
#include "compiler/fusions/Fusion.h"
#include "compiler/fusions/ProductKernel.h"
#include "compiler/fusions/ProductTiles.h"

namespace cnx {

using namespace Halide;

static std::optional<std::vector<int>> match(const KernelGraph &function, int anchor,
                                             std::string *declined) {
  Chain chain(function, anchor, declined);
  if (isOp(function, anchor, "affine") ? !chain.then("linear") : !isOp(function, anchor, "linear"))
    return std::nullopt;
  if (!chain.thenExporting("gelu"))
    return std::nullopt;
  return chain.nodes();
}

static const TileSpace kTiles = productTileSpace("GemmGelu", {
#include "compiler/fusions/GemmGelu.tiles.inc"
                                                             });

static void schedule(Stages &stages, const KernelGraph &graph, Level level) {
  const int h = nodeOf(graph, "gelu", 0).inputs[0];
  const bool keepsH = stages.value(h).role == Role::output;
  ProductLoops loops = scheduleProduct(stages, lastValue(graph), 0, level,
                                       tilesOf(kTiles, graph, level), keepsH ? h : -1);
  if (stages.has("affine0"))
    stages["affine0"]
        .compute_at(loops.task)
        .vectorize(stages.c, vectorLanes(level), TailStrategy::RoundUp);
}

extern const Fusion kGemmGelu;
const Fusion kGemmGelu = {
    "gemm_gelu", "a linear layer and its activation", match, schedule, nullptr, &kTiles};

} // namespace cnx
