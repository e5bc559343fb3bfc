#include "ir/ops/WeightForm.h"

using namespace mlir;

namespace cnx::ir {

LogicalResult ApplyTransposedOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                                  Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Check check(location, "apply_transposed");
  int64_t channels = adaptor.getChannels();
  auto weight = matrix(check, adaptor.getWeight(), channels, "weight");
  if (!weight || failed(check.vector(adaptor.getSums(),
                                     weightForm(weight.getShape(), channels).outputs, "sums")))
    return failure();
  types.push_back(channelVector(weight, channels));
  return success();
}

std::vector<HostTensor> ApplyTransposedOp::evaluate(ArrayRef<const HostTensor *> operands) {
  const HostTensor &w = *operands[0], &sums = *operands[1];
  HostTensor y = zeros(getType());
  weightForm(w.shape, getChannels()).each([&](int64_t n, int64_t c, int64_t, int64_t i) {
    y[c] += w[i] * sums[n];
  });
  return {y};
}

int64_t ApplyTransposedOp::getFlops() { return 2 * getWeight().getType().getNumElements(); }

} // namespace cnx::ir
