// The plan knows kernels and weight expressions, nothing else.
#include "compiler/passes/Passes.h"

#include "ir/CnxOps.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;

namespace cnx {
#define GEN_PASS_DEF_CHECKFUSED
#include "compiler/passes/Passes.h.inc"

namespace {

class CheckFused : public impl::CheckFusedBase<CheckFused> {
  void runOnOperation() override {
    Block &body = getOperation().getBody().front();
    for (Operation &op : body.without_terminator())
      if (!isa<ir::KernelOp>(op) && !ir::isWeightOnly(&op)) {
        op.emitOpError("is in no kernel");
        signalPassFailure();
      }
    for (OpOperand &result : body.getTerminator()->getOpOperands())
      if (!result.get().getDefiningOp<ir::KernelOp>() || !result.get().hasOneUse()) {
        body.getTerminator()->emitError()
            << "result " << result.getOperandNumber()
            << " is not the output of a kernel that nobody else reads";
        signalPassFailure();
      }
  }
};

} // namespace
} // namespace cnx
