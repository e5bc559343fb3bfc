#include "ir/ops/Check.h"

using namespace mlir;

namespace cnx::ir {

SmallVector<std::pair<int64_t, int64_t>> KernelOp::inPlacePairs() {
  SmallVector<std::pair<int64_t, int64_t>> pairs;
  ArrayRef<int64_t> flat = getInPlace();
  for (size_t i = 0; i + 1 < flat.size(); i += 2)
    pairs.emplace_back(flat[i], flat[i + 1]);
  return pairs;
}

YieldOp KernelOp::yield() { return cast<YieldOp>(getBody().front().getTerminator()); }

LogicalResult KernelOp::verify() {
  if (getFusion().empty())
    return emitOpError("has no fusion");
  if (getInPlace().size() % 2)
    return emitOpError("in_place holds pairs (result, operand), found an odd number of indices");
  for (auto [result, operand] : inPlacePairs()) {
    if (result < 0 || result >= static_cast<int64_t>(getNumResults()) || operand < 0 ||
        operand >= static_cast<int64_t>(getNumOperands()))
      return emitOpError() << "in_place pairs result " << result << " with operand " << operand
                           << ", there are " << getNumResults() << " results and "
                           << getNumOperands() << " operands";
    if (getResult(result).getType() != getOperand(operand).getType())
      return emitOpError() << "result " << result << " of type " << getResult(result).getType()
                           << " cannot overwrite operand " << operand << " of type "
                           << getOperand(operand).getType();
  }
  return success();
}

LogicalResult KernelOp::verifyRegions() {
  Block &block = getBody().front();
  if (block.getArgumentTypes() != getOperandTypes())
    return emitOpError() << "block arguments (" << block.getArgumentTypes()
                         << ") do not mirror the operands (" << getOperandTypes() << ")";
  if (yield().getOperandTypes() != getResultTypes())
    return emitOpError() << "yields (" << yield().getOperandTypes() << "), its results are ("
                         << getResultTypes() << ")";
  return success();
}

int64_t KernelOp::getFlops() {
  int64_t flops = 0;
  for (Operation &op : getBody().front())
    if (auto cost = dyn_cast<CostOpInterface>(op))
      flops += cost.getFlops();
  return flops;
}

} // namespace cnx::ir
