// Gives every weight the form that kernels read: matrices in panels of 16 outputs, depthwise
// weights as taps with channels last, vectors padded to a multiple of 16. Trained weights too: they
// live in these forms, and their gradients get them (PackGradients.h). What has its form already is
// left alone, so the pass may run on a dump of its own output.
//
// An input gradient reads the transposed matrix:
//            linear_grad_input(dy; w)        patch_conv_grad_input(dy; w)
//  becomes   linear(dy; t)                   patch_conv_grad_input(dy; t)
// where t is transpose_panels(pack_panels(w)), made at run time, of a trained weight, and
// pack_panels(transpose(w)) of a frozen one. So it is a matrix product like forward's. A gain that
// the training algebra moved into w, scale_outputs or scale_inputs, goes along at run time.
#include "compiler/passes/Frozen.h"
#include "compiler/passes/PackGradients.h"
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
  if (isa_and_nonnull<Pack, ir::TransposePanelsOp>(weight.get().getDefiningOp()))
    return;
  OpBuilder builder(weight.getOwner());
  weight.set(Pack::create(builder, weight.getOwner()->getLoc(), weight.get()));
}

void padded(OpOperand &vector) { packed<ir::PadVectorOp>(vector); }

void paddedBias(MutableOperandRange bias) {
  for (OpOperand &operand : bias) // one or none
    padded(operand);
}

// A parameter, perhaps times a gain, transposed.
Value transposed(OpBuilder &builder, Location loc, Value weight) {
  if (isFrozen(weight))
    return ir::PackPanelsOp::create(builder, loc, ir::TransposeOp::create(builder, loc, weight));
  Value gain;
  StringAttr of;
  if (Operation *scaled = weight.getDefiningOp();
      isa_and_nonnull<ir::ScaleOutputsOp, ir::ScaleInputsOp>(scaled)) {
    weight = scaled->getOperand(0), gain = scaled->getOperand(1);
    of = builder.getStringAttr(isa<ir::ScaleInputsOp>(scaled) ? "inputs" : "outputs");
  }
  const ArrayRef<int64_t> shape = cast<RankedTensorType>(weight.getType()).getShape();
  Value panels = ir::PackPanelsOp::create(builder, loc, weight);
  if (gain)
    gain = ir::PadVectorOp::create(builder, loc, gain);
  const bool repeats = of && of == "inputs" && shape.size() == 4; // over taps
  return ir::TransposePanelsOp::create(
      builder, loc, panels, gain, of, builder.getI64IntegerAttr(shape[0]),
      repeats ? builder.getI64IntegerAttr(shape[1]) : IntegerAttr());
}

void dropUnread(Operation *op) {
  if (op && isa<ir::ScaleOutputsOp, ir::ScaleInputsOp>(op) && op->use_empty())
    op->erase();
}

void readTransposed(ir::LinearGradInputOp gradient) {
  OpBuilder builder(gradient);
  Operation *scaled = gradient.getWeight().getDefiningOp();
  Value panels = transposed(builder, gradient.getLoc(), gradient.getWeight());
  gradient.replaceAllUsesWith(ir::LinearOp::create(builder, gradient.getLoc(), gradient.getDy(),
                                                   panels, Value(),
                                                   gradient.getType().getShape().back())
                                  .getResult());
  gradient.erase();
  dropUnread(scaled);
}

void readTransposed(ir::PatchConvGradInputOp gradient) {
  if (cast<RankedTensorType>(gradient.getWeight().getType()).getRank() != 4)
    return;
  OpBuilder builder(gradient);
  Operation *scaled = gradient.getWeight().getDefiningOp();
  gradient.getWeightMutable().assign(transposed(builder, gradient.getLoc(), gradient.getWeight()));
  dropUnread(scaled);
}

class ApplyLayout : public impl::ApplyLayoutBase<ApplyLayout> {
  void runOnOperation() override {
    // Not inside of kernels: what they read has been laid out already.
    for (Operation &op : llvm::make_early_inc_range(getOperation().getBody().front()))
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
          .Case<ir::LinearGradInputOp, ir::PatchConvGradInputOp>(
              [](auto gradient) { readTransposed(gradient); })
          .Case([](ir::AffineOp affine) {
            padded(affine.getGainMutable());
            padded(affine.getBiasMutable());
          })
          .Case<ir::GrnFactorOp, ir::GrnFactorGradOp, ir::ScaleOp>(
              [](auto scale) { padded(scale.getGammaMutable()); })
          .Case([](ir::ChannelBiasOp shift) { padded(shift.getBiasMutable()); });
    if (failed(packGradients(getOperation())))
      signalPassFailure();
  }
};

} // namespace
} // namespace cnx
