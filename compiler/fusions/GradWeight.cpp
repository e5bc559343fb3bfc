// grad_weight: the gradient of a matrix, added to what earlier passes left of it.
//
//   x ─► [gelu | affine | [gelu ─►] image_scale [─► channel_bias]
//   (M,K)    | relayout or cast [─► affine]] ─┐
//                                             ▼
//   dy ─► linear_grad_weight or patch_conv_grad_weight ─► [add] ─► sum
//   (M,N)                        earlier sum, in place ─────┘
//
// The reduction runs over rows, of which there are up to a hundred thousand: it goes chunk by
// chunk, so that a chunk's columns stay in the level-2 cache for all tiles of a task. What the
// forward pass need not have kept, the activation above all, is made again for a chunk of rows and
// a task's columns; then a task has all outputs, and nothing is made twice.
#include "compiler/fusions/Chain.h"
#include "compiler/fusions/Fusion.h"
#include "compiler/fusions/GradientTile.h"
#include "compiler/fusions/WeightGradient.h"

namespace cnx {

static std::optional<std::vector<int>> match(const KernelGraph &function, int anchor,
                                             std::string *declined) {
  Chain chain(function, anchor, declined);
  if (!isMatrixGradient(function.nodes[static_cast<size_t>(anchor)].op)) {
    const bool isActivation = isOp(function, anchor, "gelu");
    if (isOp(function, anchor, "image_scale") || (isActivation && chain.then("image_scale")))
      chain.then("channel_bias");
    else if (isOp(function, anchor, "relayout") || isOp(function, anchor, "cast"))
      chain.then("affine");
    else if (!isActivation && !isOp(function, anchor, "affine"))
      return std::nullopt;
    const int made = chain.value();
    if (!chain.then("linear_grad_weight") && !chain.then("patch_conv_grad_weight"))
      return std::nullopt;
    if (isOp(function, chain.nodes().back(), "patch_conv_grad_weight") &&
        isOp(function, anchor, "affine"))
      return chain.decline("every task would make all channels of its patches again");
    const Node &product = function.nodes[static_cast<size_t>(chain.nodes().back())];
    if (product.inputs[0] == made)
      return chain.decline("what is made again is the cotangent, not what the layer read");
  }
  if (chain.description().shape.size() != 3) // not packed
    return std::nullopt;
  if (!chain.then("add") && chain.nodes().size() == 1)
    return std::nullopt;
  return chain.nodes();
}

extern const Fusion kGradWeight;
const Fusion kGradWeight = {"grad_weight", "the gradient of a matrix, added up in place", match,
                            scheduleWeightGradient, gradientStripWidth};

} // namespace cnx
