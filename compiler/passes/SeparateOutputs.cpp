//            v = f(x);  g(v);  return v
//  becomes   v = f(x);  g(v);  return scale(v; 1)
//
// Nothing inside reads an output: a caller may pass no pointer for it, and its memory is dense and
// unaligned. x*1 is x, bit for bit, so the copy needs no op of its own. It is laid out as it is
// made, since the pass runs after the layout pass.
//
// A gradient has memory of its own, and is packed as it is: it may be read. Two of them that are
// one value get a memory each, by v + 0.
#include "compiler/passes/Passes.h"

#include "ir/CnxOps.h"
#include "ir/State.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;

namespace cnx {
#define GEN_PASS_DEF_SEPARATEOUTPUTS
#include "compiler/passes/Passes.h.inc"

namespace {

class SeparateOutputs : public impl::SeparateOutputsBase<SeparateOutputs> {
  void runOnOperation() override {
    Block &body = getOperation().getBody().front();
    for (OpOperand &result : body.getTerminator()->getOpOperands()) {
      Value value = result.get();
      Operation *producer = value.getDefiningOp();
      if (ir::hasOwnMemory(getOperation(), result) && producer && !ir::isWeightOnly(producer))
        continue;
      const StringRef name = ir::resultName(getOperation(), result.getOperandNumber());
      const bool gradient = name.starts_with(ir::kGradientPrefix);
      if (gradient && cast<RankedTensorType>(value.getType()).getRank() != 1) {
        getOperation().emitError() << name << " is another parameter's gradient as well";
        return signalPassFailure();
      }
      // At once: the value may be overwritten by its last reader inside.
      OpBuilder builder(&getContext());
      producer ? builder.setInsertionPointAfter(producer) : builder.setInsertionPointToStart(&body);
      const int64_t channels = cast<RankedTensorType>(value.getType()).getShape().back();
      const SmallVector<double> neutral(static_cast<size_t>(channels), gradient ? 0.0 : 1.0);
      Value vector = ir::PadVectorOp::create(
          builder, value.getLoc(), ir::ConstantOp::create(builder, value.getLoc(), neutral));
      if (gradient)
        result.set(ir::AddOp::create(builder, value.getLoc(), value, vector));
      else
        result.set(ir::ScaleOp::create(builder, value.getLoc(), value, vector));
    }
  }
};

} // namespace
} // namespace cnx
