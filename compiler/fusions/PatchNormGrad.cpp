// patch_norm_grad: backward between two stages.
//
//   dy ─► patch_conv_grad_input ─► [scale] ─► layer_norm_grad ─► dx
//   (N,H/2,W/2,2C)            xhat, rstd ───────────┘         (N,H,W,C)
//
// A band of windows is multiplied with all columns of the transposed weight into scratch; its
// pixels are then taken through the norm one by one.
#include "compiler/fusions/Chain.h"
#include "compiler/fusions/Fusion.h"
#include "compiler/fusions/NormGradient.h"
#include "compiler/fusions/PatchGradient.h"
#include "compiler/fusions/ProductKernel.h"

namespace cnx {

using namespace Halide;

static std::optional<std::vector<int>> match(const KernelGraph &function, int anchor,
                                             std::string *declined) {
  if (!isOp(function, anchor, "patch_conv_grad_input"))
    return std::nullopt;
  Chain chain(function, anchor, declined);
  if (chain.operand(1).shape.size() != 3) // not panels
    return std::nullopt;
  return normGradient(function, chain);
}

static void schedule(Stages &stages, const KernelGraph &graph, Level level) {
  const int out = lastValue(graph), cotangent = nodeOf(graph, "layer_norm_grad", 0).inputs[0];
  const Node &patch = nodeOf(graph, "patch_conv_grad_input", 0);
  LoopLevel task = scheduleNormGradient(stages, out, patchGradientBand(stages, patch), level);
  stages.stageOf(cotangent)
      .compute_at(stages.stageOf(out), stages.x)
      .vectorize(stages.c, vectorLanes(level), TailStrategy::RoundUp);
  scheduleWindows(stages, "patch_conv_grad_input0", patch, task, level);
}

extern const Fusion kPatchNormGrad;
const Fusion kPatchNormGrad = {
    "patch_norm_grad", "a patch convolution's input gradient and the norm's", match, schedule};

} // namespace cnx
