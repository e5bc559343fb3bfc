#include "ir/ops/Check.h"

using namespace mlir;

namespace cnx::ir {

LogicalResult AffineOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                         Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Check check(location, "affine");
  auto input = check.activation(adaptor.getInput(), "input");
  if (!input || failed(check.vector(adaptor.getGain(), input.getShape().back(), "gain")) ||
      failed(check.vector(adaptor.getBias(), input.getShape().back(), "bias")))
    return failure();
  types.push_back(floats(context, input.getShape()));
  return success();
}

std::vector<HostTensor> AffineOp::evaluate(ArrayRef<const HostTensor *> operands) {
  HostTensor y = *operands[0];
  const HostTensor &gain = *operands[1], &bias = *operands[2];
  int64_t channels = y.channels();
  for (int64_t r = 0; r < y.rows(); ++r)
    for (int64_t c = 0; c < channels; ++c)
      y[r * channels + c] = y[r * channels + c] * gain[c] + bias[c];
  return {y};
}

int64_t AffineOp::getFlops() { return 2 * getType().getNumElements(); }

LogicalResult AffineOp::buildAdjoint(OpBuilder &builder, ArrayRef<Value> cotangents,
                                     const llvm::BitVector &wanted,
                                     MutableArrayRef<Value> gradients) {
  Location loc = backwardLocation(getLoc());
  Value dy = cotangents[0];
  if (wanted[0])
    gradients[0] = ScaleOp::create(builder, loc, dy, getGain());
  if (wanted[1])
    gradients[1] = SumRowsProductOp::create(builder, loc, dy, getInput());
  if (wanted[2])
    gradients[2] = SumRowsOp::create(builder, loc, dy);
  return success();
}

} // namespace cnx::ir
