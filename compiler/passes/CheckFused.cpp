// The plan knows kernels and weight expressions, nothing else; and it takes an argument and a
// result of one name for one piece of memory (ir/State.h).
#include "compiler/passes/Passes.h"

#include "ir/CnxOps.h"
#include "ir/State.h"

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
      if (!result.get().getDefiningOp<ir::KernelOp>() ||
          !ir::hasOwnMemory(getOperation(), result)) {
        body.getTerminator()->emitError()
            << "result " << result.getOperandNumber()
            << " is not the output of a kernel that nobody else reads";
        signalPassFailure();
      }
    for (auto kernel : getOperation().getOps<ir::KernelOp>())
      for (auto [result, operand] : kernel.inPlacePairs())
        checkOverwritten(kernel, kernel.getResult(static_cast<unsigned>(result)),
                         kernel.getOperand(static_cast<unsigned>(operand)));
    for (OpOperand &result : body.getTerminator()->getOpOperands())
      checkState(result);
  }

  // Only its own result may be written over an argument.
  void checkOverwritten(ir::KernelOp kernel, Value result, Value operand) {
    auto argument = dyn_cast<BlockArgument>(operand);
    if (!argument || ir::stateOf(getOperation(), result) == argument)
      return;
    kernel.emitOpError() << "writes over argument "
                         << ir::argumentName(getOperation(), argument.getArgNumber())
                         << ", which is not its result's";
    signalPassFailure();
  }

  void checkState(OpOperand &result) {
    BlockArgument state = ir::stateOf(getOperation(), result.get());
    auto kernel = result.get().getDefiningOp<ir::KernelOp>();
    if (!state || !kernel)
      return;
    const bool inPlace = llvm::any_of(kernel.inPlacePairs(), [&](auto pair) {
      return kernel.getResult(static_cast<unsigned>(pair.first)) == result.get() &&
             kernel.getOperand(static_cast<unsigned>(pair.second)) == state;
    });
    const bool readLater = llvm::any_of(state.getUsers(), [&](Operation *user) {
      return user != kernel && !user->isBeforeInBlock(kernel);
    });
    if (inPlace && !readLater)
      return;
    kernel.emitOpError() << "makes " << ir::resultName(getOperation(), result.getOperandNumber())
                         << (inPlace ? ", whose argument is read later"
                                     : ", yet not in place of the argument of that name");
    signalPassFailure();
  }
};

} // namespace
} // namespace cnx
