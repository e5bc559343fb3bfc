#include "ir/ops/WeightForm.h"

using namespace mlir;

namespace cnx::ir {

LogicalResult DotOutputsOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                             Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Check check(location, "dot_outputs");
  auto weight = matrix(check, adaptor.getWeight(), "weight");
  auto gradient = check.tensor(adaptor.getGradient(), "gradient");
  if (!weight || !gradient || failed(check.shape(gradient, weight.getShape(), "gradient")))
    return failure();
  ValueRange more = adaptor.getBiasAndSums();
  const int64_t outputs = weightForm(weight.getShape(), 1).outputs;
  if (!more.empty() && more.size() != 2)
    return check.fail(2 + more.size(), " operands, expected 2, or 4 with bias and sums");
  if (!more.empty() && (failed(check.vector(more[0], outputs, "bias")) ||
                        failed(check.vector(more[1], outputs, "sums"))))
    return failure();
  types.push_back(floats(weight.getContext(), {outputs}));
  return success();
}

std::vector<HostTensor> DotOutputsOp::evaluate(ArrayRef<const HostTensor *> operands) {
  const HostTensor &w = *operands[0], &gradient = *operands[1];
  HostTensor dots = zeros(getType());
  const int64_t channels = w.shape.size() == 3 ? 1 : w.extent(1);
  weightForm(w.shape, channels).each([&](int64_t n, int64_t, int64_t, int64_t i) {
    dots[n] += w[i] * gradient[i];
  });
  if (operands.size() == 4)
    for (int64_t n = 0; n < dots.size(); ++n)
      dots[n] += (*operands[2])[n] * (*operands[3])[n];
  return {dots};
}

int64_t DotOutputsOp::getFlops() {
  return 2 * getWeight().getType().getNumElements() +
         (getBiasAndSums().empty() ? 0 : 2 * getType().getNumElements());
}

} // namespace cnx::ir
