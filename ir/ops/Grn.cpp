#include "ir/ops/Check.h"
#include "ir/ops/GlobalResponse.h"

using namespace mlir;

namespace cnx::ir {

LogicalResult GrnOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                      Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Check check(location, "grn");
  auto input = check.map(adaptor.getInput(), "input");
  if (!input || failed(check.vector(adaptor.getGamma(), input.getShape().back(), "gamma")) ||
      failed(check.vector(adaptor.getBeta(), input.getShape().back(), "beta")) ||
      failed(check.positive(adaptor.getEps(), "eps")))
    return failure();
  types.push_back(floats(context, input.getShape()));
  return success();
}

std::vector<HostTensor> GrnOp::evaluate(ArrayRef<const HostTensor *> operands) {
  const HostTensor &x = *operands[0], &gamma = *operands[1], &beta = *operands[2];
  HostTensor response = globalResponse(x, getEps());
  HostTensor y(x.shape);
  for (int64_t n = 0; n < x.extent(0); ++n)
    for (int64_t i = 0; i < x.extent(1); ++i)
      for (int64_t j = 0; j < x.extent(2); ++j)
        for (int64_t c = 0; c < x.extent(3); ++c) {
          double value = x.at({n, i, j, c});
          y.at({n, i, j, c}) = gamma[c] * (value * response.at({n, c})) + beta[c] + value;
        }
  return {y};
}

// An element: square and sum, then four of the formula. An image and channel: root, sum, division.
int64_t GrnOp::getFlops() {
  auto shape = getType().getShape();
  return 6 * getType().getNumElements() + 3 * shape[0] * shape[3];
}

LogicalResult GrnOp::buildAdjoint(OpBuilder &builder, ArrayRef<Value> cotangents,
                                  const llvm::BitVector &wanted, MutableArrayRef<Value> gradients) {
  // Through the split form: y = x*u + beta with u = grn_factor(x, gamma).
  Location loc = backwardLocation(getLoc());
  Value dy = cotangents[0];
  if (wanted[0] || wanted[1]) {
    Value du = SumImageProductOp::create(builder, loc, dy, getInput());
    auto factor = GrnFactorGradOp::create(builder, loc, getInput(), getGamma(), du, getEps());
    if (wanted[0]) {
      Value u = GrnFactorOp::create(builder, loc, getInput(), getGamma(), getEps());
      Value direct = ImageScaleOp::create(builder, loc, dy, u);
      Value byNorm = ImageScaleOp::create(builder, loc, getInput(), factor.getR());
      gradients[0] = AddOp::create(builder, loc, direct, byNorm);
    }
    if (wanted[1])
      gradients[1] = factor.getDgamma();
  }
  if (wanted[2])
    gradients[2] = SumRowsOp::create(builder, loc, dy);
  return success();
}

} // namespace cnx::ir
