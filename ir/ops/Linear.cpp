#include "ir/ops/Check.h"
#include "ir/ops/Unpacked.h"

using namespace mlir;

namespace cnx::ir {

LogicalResult LinearOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                         Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Check check(location, "linear");
  auto input = check.activation(adaptor.getInput(), "input");
  auto weight = check.matrix(adaptor.getWeight(), "weight");
  if (!input || !weight)
    return failure();
  int64_t inner = input.getShape().back(), features = adaptor.getFeatures();
  if (features < 1)
    return check.fail("features is ", features, ", expected at least 1");
  bool packed = weight.getRank() == 3;
  if (failed(packed ? check.shape(weight, {panels(features), inner, kPanelWidth}, "weight")
                    : check.shape(weight, {features, inner}, "weight")) ||
      failed(check.vector(adaptor.getBias(), features, "bias")))
    return failure();
  SmallVector<int64_t> shape(input.getShape());
  shape.back() = features;
  types.push_back(floats(context, shape));
  return success();
}

std::vector<HostTensor> LinearOp::evaluate(ArrayRef<const HostTensor *> operands) {
  const HostTensor &x = *operands[0];
  const HostTensor *bias = operands.size() > 2 ? operands[2] : nullptr;
  int64_t inner = x.channels(), features = getFeatures();
  const HostTensor matrix =
      operands[1]->shape.size() == 3 ? unpackPanels(*operands[1], features) : *operands[1];
  // Transposed, so that the innermost loop below runs along both tensors: half of a network's time
  // is spent there.
  HostTensor w({inner, features});
  for (int64_t n = 0; n < features; ++n)
    for (int64_t k = 0; k < inner; ++k)
      w.at({k, n}) = matrix.at({n, k});
  HostTensor y = zeros(getType());
  for (int64_t r = 0; r < x.rows(); ++r) {
    double *row = &y[r * features];
    for (int64_t n = 0; n < features; ++n)
      row[n] = bias ? (*bias)[n] : 0;
    for (int64_t k = 0; k < inner; ++k)
      for (int64_t n = 0; n < features; ++n)
        row[n] += x[r * inner + k] * w[k * features + n];
  }
  return {y};
}

int64_t LinearOp::getFlops() {
  int64_t inner = getInput().getType().getShape().back();
  return (2 * inner + (getBias() ? 1 : 0)) * getType().getNumElements();
}

LogicalResult LinearOp::buildAdjoint(OpBuilder &builder, ArrayRef<Value> cotangents,
                                     const llvm::BitVector &wanted,
                                     MutableArrayRef<Value> gradients) {
  if (failed(requireUnpacked(*this, getWeight(), 2)))
    return failure();
  Location loc = backwardLocation(getLoc());
  Value dy = cotangents[0];
  if (wanted[0])
    gradients[0] = LinearGradInputOp::create(builder, loc, dy, getWeight());
  if (wanted[1])
    gradients[1] = LinearGradWeightOp::create(builder, loc, dy, getInput());
  if (getBias() && wanted[2])
    gradients[2] = SumRowsOp::create(builder, loc, dy);
  return success();
}

} // namespace cnx::ir
