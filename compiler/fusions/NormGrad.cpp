// norm_grad: through a norm and its gain.
//
//   dy ─► scale ─► layer_norm_grad ─► dx
//   (M,C)   xhat, rstd ─┘
//
// Where what comes before is no product: the stem's norm, whose map has several readers. The scaled
// cotangent is made as often as it is read, in registers.
#include "compiler/fusions/Chain.h"
#include "compiler/fusions/Fusion.h"
#include "compiler/fusions/NormGradient.h"
#include "compiler/fusions/ProductKernel.h"
#include "compiler/fusions/RowTile.h"

namespace cnx {

static std::optional<std::vector<int>> match(const KernelGraph &function, int anchor,
                                             std::string *declined) {
  if (!isOp(function, anchor, "scale"))
    return std::nullopt;
  Chain chain(function, anchor, declined);
  return normGradient(function, chain);
}

static void schedule(Stages &stages, const KernelGraph &graph, Level level) {
  const int out = lastValue(graph);
  scheduleNormGradient(stages, out, chooseRowTile(stages.rowExtent(out), 1, 128), level);
}

extern const Fusion kNormGrad;
const Fusion kNormGrad = {"norm_grad", "a norm's input gradient and its gain", match, schedule};

} // namespace cnx
