#include "ir/ops/WeightForm.h"

using namespace mlir;

namespace cnx::ir {

LogicalResult DotInputsOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                            Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Check check(location, "dot_inputs");
  auto weight = matrix(check, adaptor.getWeight(), adaptor.getChannels(), "weight");
  auto gradient = check.tensor(adaptor.getGradient(), "gradient");
  if (!weight || !gradient || failed(check.shape(gradient, weight.getShape(), "gradient")))
    return failure();
  types.push_back(channelVector(weight, adaptor.getChannels()));
  return success();
}

std::vector<HostTensor> DotInputsOp::evaluate(ArrayRef<const HostTensor *> operands) {
  const HostTensor &w = *operands[0], &gradient = *operands[1];
  HostTensor dots = zeros(getType());
  weightForm(w.shape, getChannels()).each([&](int64_t, int64_t c, int64_t, int64_t i) {
    dots[c] += w[i] * gradient[i];
  });
  return {dots};
}

int64_t DotInputsOp::getFlops() { return 2 * getWeight().getType().getNumElements(); }

} // namespace cnx::ir
