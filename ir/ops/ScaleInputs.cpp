#include "ir/ops/WeightForm.h"

using namespace mlir;

namespace cnx::ir {

LogicalResult ScaleInputsOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                              Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Check check(location, "scale_inputs");
  auto weight = matrix(check, adaptor.getWeight(), adaptor.getChannels(), "weight");
  if (!weight || failed(check.vector(adaptor.getGain(), adaptor.getChannels(), "gain")))
    return failure();
  types.push_back(weight);
  return success();
}

std::vector<HostTensor> ScaleInputsOp::evaluate(ArrayRef<const HostTensor *> operands) {
  HostTensor y = *operands[0];
  const HostTensor &gain = *operands[1];
  weightForm(y.shape, getChannels()).each([&](int64_t, int64_t c, int64_t, int64_t i) {
    y[i] *= gain[c];
  });
  return {y};
}

int64_t ScaleInputsOp::getFlops() { return getType().getNumElements(); }

} // namespace cnx::ir
