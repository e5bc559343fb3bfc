// grad_sum: the gradient of a vector or of depthwise taps, added to what earlier passes left of it.
//
//   dy, [x] ─► sum_rows | sum_rows_product | dwconv_grad_weight ─► add ─► sum
//   (M,C)                       earlier sum, in place ─────────────┘
//
// One launch and one pass over the vector less than two kernels.
#include "compiler/fusions/Chain.h"
#include "compiler/fusions/DepthwiseTaps.h"
#include "compiler/fusions/Fusion.h"
#include "compiler/fusions/ProductKernel.h"
#include "compiler/fusions/RowSums.h"

namespace cnx {

static std::optional<std::vector<int>> match(const KernelGraph &function, int anchor,
                                             std::string *declined) {
  if (!isOp(function, anchor, "sum_rows") && !isOp(function, anchor, "sum_rows_product") &&
      !isOp(function, anchor, "dwconv_grad_weight"))
    return std::nullopt;
  Chain chain(function, anchor, declined);
  if (chain.description().shape.size() % 2 == 0 || !chain.then("add"))
    return std::nullopt;
  return chain.nodes();
}

static void schedule(Stages &stages, const KernelGraph &graph, Level level) {
  const std::string role = graph.nodes.at(0).op + "0.sum";
  if (graph.nodes[0].op == "dwconv_grad_weight")
    scheduleDepthwiseTaps(stages, lastValue(graph), role, level);
  else
    scheduleRowSums(stages, lastValue(graph), role, level);
}

extern const Fusion kGradSum;
const Fusion kGradSum = {"grad_sum", "the gradient of a vector or of taps, added up in place",
                         match, schedule};

} // namespace cnx
