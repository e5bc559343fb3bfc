#include "ir/ops/WeightForm.h"

using namespace mlir;

namespace cnx::ir {

LogicalResult ScaleOutputsOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                               Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Check check(location, "scale_outputs");
  auto weight = check.tensor(adaptor.getWeight(), "weight");
  if (!weight || (weight.getRank() != 1 && !matrix(check, adaptor.getWeight(), "weight")) ||
      failed(check.vector(adaptor.getGain(), weightForm(weight.getShape(), 1).outputs, "gain")))
    return failure();
  types.push_back(weight);
  return success();
}

std::vector<HostTensor> ScaleOutputsOp::evaluate(ArrayRef<const HostTensor *> operands) {
  HostTensor y = *operands[0];
  const HostTensor &gain = *operands[1];
  const bool isVector = y.shape.size() == 1;
  const int64_t channels = isVector || y.shape.size() == 3 ? 1 : y.extent(1);
  weightForm(y.shape, channels).each([&](int64_t n, int64_t, int64_t, int64_t i) {
    y[i] *= gain[n];
  });
  return {y};
}

int64_t ScaleOutputsOp::getFlops() { return getType().getNumElements(); }

} // namespace cnx::ir
