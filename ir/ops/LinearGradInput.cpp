#include "ir/ops/Check.h"

using namespace mlir;

namespace cnx::ir {

LogicalResult LinearGradInputOp::inferReturnTypes(MLIRContext *context,
                                                  std::optional<Location> location, Adaptor adaptor,
                                                  SmallVectorImpl<Type> &types) {
  Check check(location, "linear_grad_input");
  auto dy = check.activation(adaptor.getDy(), "dy");
  auto weight = check.tensor(adaptor.getWeight(), "weight");
  if (!dy || !weight)
    return failure();
  int64_t features = dy.getShape().back();
  if (weight.getRank() != 2 || weight.getDimSize(0) != features)
    return check.fail("weight has shape ", Check::text(weight), ", expected [", features, ",K]");
  SmallVector<int64_t> shape(dy.getShape());
  shape.back() = weight.getDimSize(1);
  types.push_back(floats(context, shape));
  return success();
}

std::vector<HostTensor> LinearGradInputOp::evaluate(ArrayRef<const HostTensor *> operands) {
  const HostTensor &dy = *operands[0], &w = *operands[1];
  int64_t features = w.extent(0), inner = w.extent(1);
  HostTensor dx = zeros(getType());
  for (int64_t r = 0; r < dy.rows(); ++r)
    for (int64_t n = 0; n < features; ++n)
      for (int64_t k = 0; k < inner; ++k)
        dx[r * inner + k] += dy[r * features + n] * w[n * inner + k];
  return {dx};
}

int64_t LinearGradInputOp::getFlops() {
  return 2 * getWeight().getType().getDimSize(0) * getType().getNumElements();
}

} // namespace cnx::ir
