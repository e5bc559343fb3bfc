#include "ir/ops/Check.h"

using namespace mlir;

namespace cnx::ir {

LogicalResult MeanPoolOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                           Adaptor adaptor, SmallVectorImpl<Type> &types) {
  auto input = Check(location, "mean_pool").map(adaptor.getInput(), "input");
  if (!input)
    return failure();
  types.push_back(floats(context, {input.getShape().front(), input.getShape().back()}));
  return success();
}

std::vector<HostTensor> MeanPoolOp::evaluate(ArrayRef<const HostTensor *> operands) {
  const HostTensor &x = *operands[0];
  HostTensor y({x.extent(0), x.extent(3)});
  for (int64_t n = 0; n < x.extent(0); ++n)
    for (int64_t c = 0; c < x.extent(3); ++c) {
      double sum = 0;
      for (int64_t i = 0; i < x.extent(1); ++i)
        for (int64_t j = 0; j < x.extent(2); ++j)
          sum += x.at({n, i, j, c});
      y.at({n, c}) = sum / static_cast<double>(x.extent(1) * x.extent(2));
    }
  return {y};
}

int64_t MeanPoolOp::getFlops() {
  return getInput().getType().getNumElements() + getType().getNumElements();
}

LogicalResult MeanPoolOp::buildAdjoint(OpBuilder &builder, ArrayRef<Value> cotangents,
                                       const llvm::BitVector &wanted,
                                       MutableArrayRef<Value> gradients) {
  ArrayRef<int64_t> s = getInput().getType().getShape();
  if (wanted[0])
    gradients[0] =
        MeanPoolGradOp::create(builder, backwardLocation(getLoc()), cotangents[0], s[1], s[2]);
  return success();
}

} // namespace cnx::ir
