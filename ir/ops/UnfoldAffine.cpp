#include "ir/ops/WeightForm.h"

using namespace mlir;

namespace cnx::ir {

LogicalResult UnfoldAffineOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                               Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Check check(location, "unfold_affine");
  int64_t channels = adaptor.getChannels();
  auto gradient = matrix(check, adaptor.getGradient(), channels, "gradient");
  if (!gradient || failed(check.vector(adaptor.getGain(), channels, "gain")) ||
      failed(check.vector(adaptor.getSums(), weightForm(gradient.getShape(), channels).outputs,
                          "sums")) ||
      failed(check.vector(adaptor.getBias(), channels, "bias")))
    return failure();
  types.push_back(gradient);
  return success();
}

std::vector<HostTensor> UnfoldAffineOp::evaluate(ArrayRef<const HostTensor *> operands) {
  HostTensor y = *operands[0];
  const HostTensor &gain = *operands[1], &sums = *operands[2], &bias = *operands[3];
  weightForm(y.shape, getChannels()).each([&](int64_t n, int64_t c, int64_t, int64_t i) {
    y[i] = y[i] * gain[c] + sums[n] * bias[c];
  });
  return {y};
}

int64_t UnfoldAffineOp::getFlops() { return 3 * getType().getNumElements(); }

} // namespace cnx::ir
