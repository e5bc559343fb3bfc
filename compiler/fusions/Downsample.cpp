// downsample: norm and patch convolution between two stages.
//
//   x ─► layer_norm ─► [affine] ─► patch_conv 2x2 ─► y
//   (N,H,W,C)  │                   (N,H/2,W/2,2C)
//              └─► xhat, rstd, where backward reads them
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

// Whether something beside the group reads a result of the norm.
static bool normLeaves(const KernelGraph &function, const Node &norm) {
  const int xhat = norm.outputs[0];
  return (norm.outputs.size() > 1 && norm.outputs[1] >= 0) || function.users(xhat).size() > 1 ||
         function.values[static_cast<size_t>(xhat)].role == Role::output;
}

static std::optional<std::vector<int>> match(const KernelGraph &function, int anchor,
                                             std::string *declined) {
  if (!isOp(function, anchor, "layer_norm"))
    return std::nullopt;
  Chain chain(function, anchor, declined);
  chain.thenExporting("affine");
  if (!chain.then("patch_conv"))
    return std::nullopt;
  // Loops over bands can be shared only if both have as many.
  const Node &norm = function.nodes[static_cast<size_t>(anchor)];
  const int64_t height = function.values[static_cast<size_t>(norm.outputs[0])].shape[1];
  const Node &conv = function.nodes[static_cast<size_t>(chain.nodes().back())];
  if (normLeaves(function, norm) && height % conv.integer("kernel"))
    return chain.decline("the norm's results leave, and have rows that fill no patch");
  if (patchConvHasFewRows(chain.description(), chain.operand(1)))
    return chain.decline("few rows: every task of a panel would normalise the whole map");
  return chain.nodes();
}

static void schedule(Stages &stages, const KernelGraph &graph, Level level) {
  const Node &conv = nodeOf(graph, "patch_conv", 0);
  const std::vector<int> beside = exportsOf(graph, nodeOf(graph, "layer_norm", 0));
  const PatchConvLoops loops = schedulePatchConv(stages, conv.outputs[0], level, !beside.empty());
  Func norm = stages[stages.has("affine0") ? "affine0" : "layer_norm0"];
  norm.compute_at(loops.task).vectorize(stages.c, vectorLanes(level), TailStrategy::RoundUp);
  if (beside.empty()) {
    normAtRow(stages, "layer_norm0", norm, stages.x, level);
    return;
  }
  Func f = stages.stageOf(conv.outputs[0]);
  normAtTask(stages, "layer_norm0", f, loops.band, level);
  const int rows = loops.bandRows * static_cast<int>(conv.integer("kernel"));
  for (int value : beside) {
    Func copy = stages.exportCopy(value);
    scheduleCopy(stages, value, level);
    copy.split(stages.y, loops.band, stages.y, rows, TailStrategy::GuardWithIf)
        .parallel(loops.band)
        .compute_with(f, loops.band);
  }
}

extern const Fusion kDownsample;
const Fusion kDownsample = {"downsample", "norm and patch convolution between stages", match,
                            schedule};

} // namespace cnx
