// head: the last map to logits.
//
//   x ─► mean_pool ─► [layer_norm ─► [affine]] ─► [linear ─► [gelu ─► linear]] ─► logits
//   (N,H,W,C)  │           └─► xhat, rstd              └─► h                      (N,K)
//              └─► pooled                       any of them, where something else reads it
//
// All vectors are tiny beside the last layer's weights: they are made one after the other, whole,
// and the layers run with a task a panel.
#include "compiler/fusions/Chain.h"
#include "compiler/fusions/Fusion.h"
#include "compiler/fusions/ProductKernel.h"
#include "compiler/fusions/RowLoops.h"
#include "compiler/fusions/SumOverImage.h"

namespace cnx {

using namespace Halide;

static std::optional<std::vector<int>> match(const KernelGraph &function, int anchor,
                                             std::string *declined) {
  if (!isOp(function, anchor, "mean_pool"))
    return std::nullopt;
  Chain chain(function, anchor, declined);
  if (chain.thenExporting("layer_norm"))
    chain.thenExporting("affine");
  if (chain.thenExporting("linear") && chain.thenExporting("gelu"))
    chain.thenExporting("linear");
  if (chain.nodes().size() == 1)
    return std::nullopt;
  return chain.nodes();
}

// A stage that is computed whole, before what reads it.
static void whole(Stages &stages, int value, Level level) {
  Func f = stages.stageOf(value);
  f.compute_root().align_bounds(stages.c, static_cast<int>(kChannelPad));
  Stages::computing(f).vectorize(stages.c, vectorLanes(level));
  if (stages.isCopied(value))
    scheduleCopy(stages, value, level);
}

static void scheduleNode(Stages &stages, const Node &node, int linear, Level level) {
  const int value = node.outputs[0];
  if (node.op == "mean_pool") {
    if (stages.isCopied(value))
      scheduleCopy(stages, value, level);
    stages.stageOf(value).compute_root();
    scheduleSumOverImage(stages, "mean_pool0.sum", stages.stageOf(value), value, level);
  } else if (node.op == "linear") {
    scheduleProduct(stages, value, linear, level);
    stages.stageOf(value).compute_root();
  } else {
    whole(stages, value, level);
    if (node.op != "layer_norm")
      return;
    if (node.outputs.size() > 1 && node.outputs[1] >= 0) // rstd leaves: it is made whole as well
      normAtRoot(stages, "layer_norm0", level);
    else
      normAtRow(stages, "layer_norm0", stages.stageOf(value), stages.m, level);
  }
}

static void schedule(Stages &stages, const KernelGraph &graph, Level level) {
  int linear = 0;
  for (const Node &node : graph.nodes) {
    scheduleNode(stages, node, linear, level);
    linear += node.op == "linear";
  }
}

extern const Fusion kHead;
const Fusion kHead = {"head", "pooling, norm and classifier", match, schedule};

} // namespace cnx
