//            function(...) -> grad.p = g
//  becomes   function(..., %sum grad.p) -> grad.p = %sum + g
//
// Micro-batches then add up in the segment of gradients, and whoever begins a new sum clears it.
// The addition stands right behind its gradient, for a fusion to take.
#include "compiler/passes/Passes.h"

#include "ir/CnxOps.h"
#include "ir/State.h"

using namespace mlir;

namespace cnx {
#define GEN_PASS_DEF_ACCUMULATEGRADIENTS
#include "compiler/passes/Passes.h.inc"

namespace {

class AccumulateGradients : public impl::AccumulateGradientsBase<AccumulateGradients> {
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    for (OpOperand &result : function.getBody().front().getTerminator()->getOpOperands()) {
      const StringRef name = ir::resultName(function, result.getOperandNumber());
      if (!name.starts_with(ir::kGradientPrefix) || ir::argumentNamed(function, name))
        continue;
      Operation *producer = result.get().getDefiningOp();
      if (!producer) {
        function.emitError() << "result " << name << " is an argument, not a gradient";
        return signalPassFailure();
      }
      const unsigned last = function.getNumArguments();
      OpBuilder builder(&getContext());
      builder.setInsertionPointAfter(producer);
      if (failed(function.insertArgument(last, result.get().getType(),
                                         ir::named(&getContext(), name), producer->getLoc())))
        return signalPassFailure();
      result.set(
          ir::AddOp::create(builder, producer->getLoc(), function.getArgument(last), result.get()));
    }
  }
};

} // namespace
} // namespace cnx
