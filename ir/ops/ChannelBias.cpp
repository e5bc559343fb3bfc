#include "ir/ops/Check.h"

using namespace mlir;

namespace cnx::ir {

LogicalResult ChannelBiasOp::inferReturnTypes(MLIRContext *context,
                                              std::optional<Location> location, Adaptor adaptor,
                                              SmallVectorImpl<Type> &types) {
  Check check(location, "channel_bias");
  auto input = check.activation(adaptor.getInput(), "input");
  if (!input || failed(check.vector(adaptor.getBias(), input.getShape().back(), "bias")))
    return failure();
  types.push_back(floats(context, input.getShape()));
  return success();
}

std::vector<HostTensor> ChannelBiasOp::evaluate(ArrayRef<const HostTensor *> operands) {
  HostTensor y = *operands[0];
  const HostTensor &bias = *operands[1];
  int64_t channels = y.channels();
  for (int64_t r = 0; r < y.rows(); ++r)
    for (int64_t c = 0; c < channels; ++c)
      y[r * channels + c] = y[r * channels + c] + bias[c];
  return {y};
}

int64_t ChannelBiasOp::getFlops() { return getType().getNumElements(); }

LogicalResult ChannelBiasOp::buildAdjoint(OpBuilder &builder, ArrayRef<Value> cotangents,
                                          const llvm::BitVector &wanted,
                                          MutableArrayRef<Value> gradients) {
  if (wanted[0])
    gradients[0] = cotangents[0];
  if (wanted[1])
    gradients[1] = SumRowsOp::create(builder, backwardLocation(getLoc()), cotangents[0]);
  return success();
}

} // namespace cnx::ir
