// Marks kernels that write a result over an operand: where the group allows it (mayOverwrite) and
// nobody reads the operand later. That is how the residual stream stays in one buffer, and how
// state is updated (ir/State.h).
#include "compiler/passes/KernelGraphOf.h"
#include "compiler/passes/Passes.h"

#include "ir/CnxOps.h"
#include "ir/State.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;

namespace cnx {
#define GEN_PASS_DEF_MARKINPLACE
#include "compiler/passes/Passes.h.inc"

namespace {

// Nobody reads the operand after the kernel.
bool diesHere(mlir::Value operand, ir::KernelOp kernel) {
  return llvm::all_of(operand.getUses(), [&](OpOperand &use) {
    return use.getOwner() == kernel || use.getOwner()->isBeforeInBlock(kernel);
  });
}

// Whether the kernel's result belongs where the operand lies: over anything in the arena, but for a
// result of the function, which belongs to the caller's memory: over the state that it updates,
// else over nothing. Another argument is never written.
bool mayLieOver(mlir::Value operand, mlir::Value result) {
  if (!llvm::any_of(result.getUsers(), llvm::IsaPred<func::ReturnOp>))
    return operand.getDefiningOp<ir::KernelOp>();
  auto function = cast<func::FuncOp>(result.getParentBlock()->getParentOp());
  return ir::stateOf(function, result) == operand;
}

void markInPlace(ir::KernelOp kernel) {
  const GroupGraph group = groupGraph(kernel);
  SmallVector<int64_t> pairs;
  llvm::SmallDenseSet<int64_t> overwritten;
  auto indexOf = [](ValueRange range, mlir::Value value) {
    return std::distance(range.begin(), llvm::find(range, value));
  };
  const int values = static_cast<int>(group.graph.values.size());
  for (int out = 0; out < values; ++out)
    for (int in = 0; in < values; ++in) {
      if (!mayOverwrite(group.graph, out, in))
        continue;
      const mlir::Value over = group.values[static_cast<size_t>(in)];
      const int64_t operand = indexOf(kernel.getInputs(), over);
      if (overwritten.contains(operand) || !diesHere(over, kernel) ||
          !mayLieOver(over, group.values[static_cast<size_t>(out)]))
        continue;
      overwritten.insert(operand);
      pairs.push_back(indexOf(kernel.getOutputs(), group.values[static_cast<size_t>(out)]));
      pairs.push_back(operand);
      break;
    }
  kernel.setInPlace(pairs);
}

class MarkInPlace : public impl::MarkInPlaceBase<MarkInPlace> {
  void runOnOperation() override {
    for (auto kernel : getOperation().getOps<ir::KernelOp>())
      markInPlace(kernel);
  }
};

} // namespace
} // namespace cnx
