#include "ir/ops/Check.h"

using namespace mlir;

namespace cnx::ir {

LogicalResult DropPathOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                           Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Check check(location, "drop_path");
  auto input = check.activation(adaptor.getInput(), "input");
  auto factor = check.tensor(adaptor.getFactor(), "factor");
  if (!input || !factor || failed(check.shape(factor, {input.getShape().front()}, "factor")))
    return failure();
  double rate = adaptor.getRate();
  if (!(rate >= 0 && rate < 1))
    return check.fail("rate is ", llvm::formatv("{0}", rate).str(), ", expected 0 <= rate < 1");
  if (adaptor.getSite() < 0)
    return check.fail("site is ", adaptor.getSite(), ", expected 0 or more");
  types.push_back(floats(context, input.getShape()));
  return success();
}

std::vector<HostTensor> DropPathOp::evaluate(ArrayRef<const HostTensor *> operands) {
  HostTensor y = *operands[0];
  const HostTensor &factor = *operands[1];
  int64_t sample = y.size() / y.extent(0);
  for (int64_t i = 0; i < y.size(); ++i)
    y[i] *= factor[i / sample];
  return {y};
}

int64_t DropPathOp::getFlops() { return getType().getNumElements(); }

LogicalResult DropPathOp::buildAdjoint(OpBuilder &builder, ArrayRef<Value> cotangents,
                                       const llvm::BitVector &wanted,
                                       MutableArrayRef<Value> gradients) {
  if (wanted[1])
    return emitOpError("has no derivative of its factors: they are drawn, not trained");
  if (wanted[0])
    gradients[0] = DropPathOp::create(builder, backwardLocation(getLoc()), cotangents[0],
                                      getFactor(), getRate(), getSite());
  return success();
}

} // namespace cnx::ir
