#include "ir/ops/Check.h"

#include <cmath>

using namespace mlir;

namespace cnx::ir {

LogicalResult GeluOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                       Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Check check(location, "gelu");
  auto input = check.activation(adaptor.getInput(), "input");
  if (!input)
    return failure();
  types.push_back(floats(context, input.getShape()));
  return success();
}

std::vector<HostTensor> GeluOp::evaluate(ArrayRef<const HostTensor *> operands) {
  HostTensor y = *operands[0];
  for (double &x : y.values)
    x = 0.5 * x * (1 + std::erf(x / std::sqrt(2.0)));
  return {y};
}

// x/sqrt(2), erf, 1 +, 0.5 x, product
int64_t GeluOp::getFlops() { return 5 * getType().getNumElements(); }

LogicalResult GeluOp::buildAdjoint(OpBuilder &builder, ArrayRef<Value> cotangents,
                                   const llvm::BitVector &wanted,
                                   MutableArrayRef<Value> gradients) {
  if (wanted[0])
    gradients[0] =
        GeluGradOp::create(builder, backwardLocation(getLoc()), cotangents[0], getInput());
  return success();
}

} // namespace cnx::ir
