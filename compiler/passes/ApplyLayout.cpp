// Gives every weight the form that kernels read: matrices in panels of 16 outputs, depthwise
// weights as taps with channels last, vectors padded to a multiple of 16. Trained weights too: they
// live in these forms. What has its form already is left alone, so the pass may run on a dump of
// its own output.
#include "compiler/passes/Passes.h"

#include "ir/CnxOps.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace cnx {
#define GEN_PASS_DEF_APPLYLAYOUT
#include "compiler/passes/Passes.h.inc"

namespace {

template <typename Pack> void packed(OpOperand &weight) {
  if (weight.get().getDefiningOp<Pack>())
    return;
  OpBuilder builder(weight.getOwner());
  weight.set(Pack::create(builder, weight.getOwner()->getLoc(), weight.get()));
}

void padded(OpOperand &vector) { packed<ir::PadVectorOp>(vector); }

void paddedBias(MutableOperandRange bias) {
  for (OpOperand &operand : bias) // one or none
    padded(operand);
}

class ApplyLayout : public impl::ApplyLayoutBase<ApplyLayout> {
  void runOnOperation() override {
    // Not inside of kernels: what they read has been laid out already.
    for (Operation &op : getOperation().getBody().front())
      llvm::TypeSwitch<Operation *>(&op)
          .Case<ir::LinearOp, ir::PatchConvOp>([](auto layer) {
            packed<ir::PackPanelsOp>(layer.getWeightMutable());
            paddedBias(layer.getBiasMutable());
          })
          .Case([](ir::DwconvOp conv) {
            packed<ir::PackTapsOp>(conv.getWeightMutable());
            paddedBias(conv.getBiasMutable());
          })
          .Case([](ir::DwconvGradInputOp conv) {
            packed<ir::PackTapsOp>(conv.getWeightMutable()); // forward's
          })
          .Case([](ir::AffineOp affine) {
            padded(affine.getGainMutable());
            padded(affine.getBiasMutable());
          })
          .Case<ir::GrnFactorOp, ir::GrnFactorGradOp, ir::ScaleOp>(
              [](auto scale) { padded(scale.getGammaMutable()); })
          .Case([](ir::ChannelBiasOp shift) { padded(shift.getBiasMutable()); });
  }
};

} // namespace
} // namespace cnx
