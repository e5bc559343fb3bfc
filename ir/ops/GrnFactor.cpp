#include "ir/ops/Check.h"
#include "ir/ops/GlobalResponse.h"

using namespace mlir;

namespace cnx::ir {

LogicalResult GrnFactorOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                            Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Check check(location, "grn_factor");
  auto input = check.activation(adaptor.getInput(), "input");
  if (!input || failed(check.vector(adaptor.getGamma(), input.getShape().back(), "gamma")) ||
      failed(check.positive(adaptor.getEps(), "eps")))
    return failure();
  types.push_back(floats(context, {input.getShape().front(), input.getShape().back()}));
  return success();
}

std::vector<HostTensor> GrnFactorOp::evaluate(ArrayRef<const HostTensor *> operands) {
  const HostTensor &gamma = *operands[1];
  HostTensor factor = globalResponse(*operands[0], getEps());
  for (int64_t n = 0; n < factor.extent(0); ++n)
    for (int64_t c = 0; c < factor.extent(1); ++c)
      factor.at({n, c}) = 1 + gamma[c] * factor.at({n, c});
  return {factor};
}

// An element of a map: square and sum. An image and channel: root of a map's; sum, division,
// product, sum.
int64_t GrnFactorOp::getFlops() {
  const int64_t norms =
      getInput().getType().getRank() == 2 ? 0 : 2 * getInput().getType().getNumElements();
  return norms + (norms ? 5 : 4) * getType().getNumElements();
}

LogicalResult GrnFactorOp::buildAdjoint(OpBuilder &builder, ArrayRef<Value> cotangents,
                                        const llvm::BitVector &wanted,
                                        MutableArrayRef<Value> gradients) {
  if (wanted.none())
    return success();
  if (getInput().getType().getRank() == 2)
    return emitOpError("has no derivative by norms: they are made for one that is taken already");
  Location loc = backwardLocation(getLoc());
  auto factor =
      GrnFactorGradOp::create(builder, loc, getInput(), getGamma(), cotangents[0], getEps());
  if (wanted[0])
    gradients[0] = ImageScaleOp::create(builder, loc, getInput(), factor.getR());
  if (wanted[1])
    gradients[1] = factor.getDgamma();
  return success();
}

} // namespace cnx::ir
