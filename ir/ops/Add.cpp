#include "ir/ops/Check.h"

using namespace mlir;

namespace cnx::ir {

LogicalResult AddOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                      Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Check check(location, "add");
  auto lhs = check.tensor(adaptor.getLhs(), "left operand");
  auto rhs = check.tensor(adaptor.getRhs(), "right operand");
  if (!lhs || !rhs || failed(check.shape(rhs, lhs.getShape(), "right operand")))
    return failure();
  types.push_back(floats(context, lhs.getShape()));
  return success();
}

std::vector<HostTensor> AddOp::evaluate(ArrayRef<const HostTensor *> operands) {
  HostTensor y = *operands[0];
  for (int64_t i = 0; i < y.size(); ++i)
    y[i] += (*operands[1])[i];
  return {y};
}

int64_t AddOp::getFlops() { return getType().getNumElements(); }

LogicalResult AddOp::buildAdjoint(OpBuilder &, ArrayRef<Value> cotangents,
                                  const llvm::BitVector &wanted, MutableArrayRef<Value> gradients) {
  for (unsigned i : wanted.set_bits())
    gradients[i] = cotangents[0];
  return success();
}

} // namespace cnx::ir
