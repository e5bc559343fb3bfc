// grad_sum: the gradient of a vector or of depthwise taps, added to what earlier passes left of it.
//
//   dy, [x] ─► sum_rows | sum_rows_product | dwconv_grad_weight ─► add ─► sum
//   (M,C)                       earlier sum, in place ─────────────┘
//   W, [dW] ─► dot_outputs | dot_inputs | apply_transposed ─► add ─► sum
//
// One launch and one pass over the vector less than two kernels.
#include "compiler/fusions/Chain.h"
#include "compiler/fusions/DepthwiseTaps.h"
#include "compiler/fusions/Fusion.h"
#include "compiler/fusions/ProductKernel.h"
#include "compiler/fusions/RowSums.h"
#include "compiler/fusions/WeightDots.h"

namespace cnx {

static std::optional<std::vector<int>> match(const KernelGraph &function, int anchor,
                                             std::string *declined) {
  const std::string &op = function.nodes[static_cast<size_t>(anchor)].op;
  if (op != "sum_rows" && op != "sum_rows_product" && op != "dwconv_grad_weight" &&
      !isWeightDot(op))
    return std::nullopt;
  Chain chain(function, anchor, declined);
  if (chain.description().shape.size() % 2 == 0 || !chain.then("add"))
    return std::nullopt;
  return chain.nodes();
}

static void schedule(Stages &stages, const KernelGraph &graph, Level level) {
  const std::string &op = graph.nodes.at(0).op, role = op + "0.sum";
  if (isWeightDot(op))
    scheduleWeightDots(stages, op, lastValue(graph), level);
  else if (op == "dwconv_grad_weight")
    scheduleDepthwiseTaps(stages, lastValue(graph), role, level);
  else
    scheduleRowSums(stages, lastValue(graph), role, level);
}

extern const Fusion kGradSum;
const Fusion kGradSum = {"grad_sum", "the gradient of a vector or of taps, added up in place",
                         match, schedule};

} // namespace cnx
