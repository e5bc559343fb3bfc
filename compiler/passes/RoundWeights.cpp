//            linear(x; pack_panels(w))          patch_conv(x; pack_panels(w))
//  becomes   linear(x; round_bf16(pack_panels(w))) ...
//
// Half the bytes to store and to read. Of frozen weights alone: an update changes what a trained
// one is. Vectors, depthwise taps and matrices that stay in any level-2 cache remain as they are:
// they are few, and widening them is not free.
#include "compiler/passes/Frozen.h"
#include "compiler/passes/Passes.h"

#include "ir/CnxOps.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace cnx {
#define GEN_PASS_DEF_ROUNDWEIGHTS
#include "compiler/passes/Passes.h.inc"

namespace {

constexpr int64_t kCachedElements = 256 * 1024; // 1 MiB of float32

void roundWeight(OpOperand &weight) {
  auto pack = weight.get().getDefiningOp<ir::PackPanelsOp>();
  if (!pack || !isFrozen(weight.get()) || pack.getType().getNumElements() <= kCachedElements)
    return;
  OpBuilder builder(weight.getOwner());
  weight.set(ir::RoundBf16Op::create(builder, weight.getOwner()->getLoc(), weight.get()));
}

class RoundWeights : public impl::RoundWeightsBase<RoundWeights> {
  void runOnOperation() override {
    for (Operation &op : llvm::make_early_inc_range(getOperation().getBody().front()))
      llvm::TypeSwitch<Operation *>(&op).Case<ir::LinearOp, ir::PatchConvOp>(
          [](auto layer) { roundWeight(layer.getWeightMutable()); });
  }
};

} // namespace
} // namespace cnx
