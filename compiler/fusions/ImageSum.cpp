// image_sum: GRN's cotangent, from an activation that is made again.
//
//   h ─► gelu ─► sum_image_product ─► du
//   (N,H,W,4C)  da ─┘                (N,4C)
//
// The activation, four times as wide as its neighbours, is used where it is made.
#include "compiler/fusions/Chain.h"
#include "compiler/fusions/Fusion.h"
#include "compiler/fusions/ProductKernel.h"
#include "compiler/fusions/RowLoops.h"
#include "compiler/fusions/SumOverImage.h"

namespace cnx {

static std::optional<std::vector<int>> match(const KernelGraph &function, int anchor,
                                             std::string *declined) {
  if (!isOp(function, anchor, "gelu"))
    return std::nullopt;
  Chain chain(function, anchor, declined);
  if (!chain.then("sum_image_product"))
    return std::nullopt;
  return chain.nodes();
}

static void schedule(Stages &stages, const KernelGraph &graph, Level level) {
  const int out = lastValue(graph);
  computeApart(stages, out, level);
  scheduleSumOverImage(stages, "sum_image_product0.sum", stages.stageOf(out), out, level);
}

extern const Fusion kImageSum;
const Fusion kImageSum = {"image_sum", "an activation summed over images with its cotangent", match,
                          schedule};

} // namespace cnx
