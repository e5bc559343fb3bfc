// downsample: norm and patch convolution between two stages.
//
//   x ─► layer_norm ─► [affine] ─► patch_conv 2x2 ─► y
//   (N,H,W,C)                      (N,H/2,W/2,2C)
//
// The input rows of a task are normalised once into scratch and convolved from there: one pass over
// the map less than two kernels. Where output rows are few, every task of a panel would normalise
// the whole map, so norm and convolution stay apart.
#include "compiler/fusions/Chain.h"
#include "compiler/fusions/Fusion.h"
#include "compiler/fusions/PatchConvKernel.h"
#include "compiler/fusions/ProductKernel.h"
#include "compiler/fusions/RowLoops.h"

namespace cnx {

using namespace Halide;

static std::optional<std::vector<int>> match(const KernelGraph &function, int anchor,
                                             std::string *declined) {
  if (!isOp(function, anchor, "layer_norm"))
    return std::nullopt;
  Chain chain(function, anchor, declined);
  chain.then("affine");
  if (!chain.then("patch_conv"))
    return std::nullopt;
  const Node &norm = function.nodes[static_cast<size_t>(anchor)];
  if (norm.outputs.size() > 1 && norm.outputs[1] >= 0)
    return chain.decline("the norm's rstd is kept");
  if (patchConvHasFewRows(chain.description(), chain.operand(1)))
    return chain.decline("few rows: every task of a panel would normalise the whole map");
  return chain.nodes();
}

static void schedule(Stages &stages, const KernelGraph &graph, Level level) {
  LoopLevel task = schedulePatchConv(stages, lastValue(graph), level);
  Func norm = stages[stages.has("affine0") ? "affine0" : "layer_norm0"];
  norm.compute_at(task).vectorize(stages.c, vectorLanes(level), TailStrategy::RoundUp);
  normAtRow(stages, "layer_norm0", norm, stages.x, level);
}

extern const Fusion kDownsample;
const Fusion kDownsample = {"downsample", "norm and patch convolution between stages", match,
                            schedule};

} // namespace cnx
