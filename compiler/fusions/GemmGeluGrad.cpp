// gemm_gelu_grad: the cotangent of an MLP's hidden tensor.
//
//   dy ─► linear, by panels of the transposed weight ─► gelu_grad ─► dh
//   (M,C)                                       h ──────────┘  (may be overwritten)
//
// The activation's derivative is taken on the product's registers, so that the cotangent of the
// activation, four times as wide as dy, never exists.
#include "compiler/fusions/Chain.h"
#include "compiler/fusions/Fusion.h"
#include "compiler/fusions/ProductKernel.h"

namespace cnx {

static std::optional<std::vector<int>> match(const KernelGraph &function, int anchor,
                                             std::string *declined) {
  if (!isOp(function, anchor, "linear"))
    return std::nullopt;
  Chain chain(function, anchor, declined);
  const int product = chain.value();
  if (!chain.then("gelu_grad"))
    return std::nullopt;
  if (function.nodes[static_cast<size_t>(chain.nodes().back())].inputs[0] != product)
    return chain.decline("the product is what was activated, not its cotangent");
  return chain.nodes();
}

static void schedule(Stages &stages, const KernelGraph &graph, Level level) {
  scheduleProduct(stages, lastValue(graph), 0, level);
}

extern const Fusion kGemmGeluGrad;
const Fusion kGemmGeluGrad = {"gemm_gelu_grad", "a layer's input gradient and the activation's",
                              match, schedule};

} // namespace cnx
