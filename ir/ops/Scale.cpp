#include "ir/ops/Check.h"

using namespace mlir;

namespace cnx::ir {

LogicalResult ScaleOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                        Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Check check(location, "scale");
  auto input = check.activation(adaptor.getInput(), "input");
  if (!input || failed(check.vector(adaptor.getGamma(), input.getShape().back(), "gamma")))
    return failure();
  types.push_back(floats(context, input.getShape()));
  return success();
}

std::vector<HostTensor> ScaleOp::evaluate(ArrayRef<const HostTensor *> operands) {
  HostTensor y = *operands[0];
  const HostTensor &gamma = *operands[1];
  int64_t channels = y.channels();
  for (int64_t r = 0; r < y.rows(); ++r)
    for (int64_t c = 0; c < channels; ++c)
      y[r * channels + c] = y[r * channels + c] * gamma[c];
  return {y};
}

int64_t ScaleOp::getFlops() { return getType().getNumElements(); }

LogicalResult ScaleOp::buildAdjoint(OpBuilder &builder, ArrayRef<Value> cotangents,
                                    const llvm::BitVector &wanted,
                                    MutableArrayRef<Value> gradients) {
  Location loc = backwardLocation(getLoc());
  Value dy = cotangents[0];
  if (wanted[0])
    gradients[0] = ScaleOp::create(builder, loc, dy, getGamma());
  if (wanted[1])
    gradients[1] = SumRowsProductOp::create(builder, loc, dy, getInput());
  return success();
}

} // namespace cnx::ir
