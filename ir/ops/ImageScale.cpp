#include "ir/ops/Check.h"

using namespace mlir;

namespace cnx::ir {

LogicalResult ImageScaleOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                             Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Check check(location, "image_scale");
  auto input = check.map(adaptor.getInput(), "input");
  auto factor = check.tensor(adaptor.getFactor(), "factor");
  if (!input || !factor ||
      failed(check.shape(factor, {input.getShape().front(), input.getShape().back()}, "factor")))
    return failure();
  types.push_back(floats(context, input.getShape()));
  return success();
}

std::vector<HostTensor> ImageScaleOp::evaluate(ArrayRef<const HostTensor *> operands) {
  HostTensor y = *operands[0];
  const HostTensor &factor = *operands[1];
  for (int64_t n = 0; n < y.extent(0); ++n)
    for (int64_t i = 0; i < y.extent(1); ++i)
      for (int64_t j = 0; j < y.extent(2); ++j)
        for (int64_t c = 0; c < y.extent(3); ++c)
          y.at({n, i, j, c}) *= factor.at({n, c});
  return {y};
}

int64_t ImageScaleOp::getFlops() { return getType().getNumElements(); }

LogicalResult ImageScaleOp::buildAdjoint(OpBuilder &builder, ArrayRef<Value> cotangents,
                                         const llvm::BitVector &wanted,
                                         MutableArrayRef<Value> gradients) {
  Location loc = backwardLocation(getLoc());
  Value dy = cotangents[0];
  if (wanted[0])
    gradients[0] = ImageScaleOp::create(builder, loc, dy, getFactor());
  if (wanted[1])
    gradients[1] = SumImageProductOp::create(builder, loc, dy, getInput());
  return success();
}

} // namespace cnx::ir
