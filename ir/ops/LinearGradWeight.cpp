#include "ir/ops/Check.h"

using namespace mlir;

namespace cnx::ir {

LogicalResult LinearGradWeightOp::inferReturnTypes(MLIRContext *context,
                                                   std::optional<Location> location,
                                                   Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Check check(location, "linear_grad_weight");
  auto dy = check.activation(adaptor.getDy(), "dy");
  auto input = check.activation(adaptor.getInput(), "input");
  if (!dy || !input)
    return failure();
  SmallVector<int64_t> expected(dy.getShape());
  expected.back() = input.getShape().back();
  if (failed(check.shape(input, expected, "input")))
    return failure();
  int64_t features = dy.getShape().back(), inner = input.getShape().back();
  types.push_back(adaptor.getPacked() ? panelsType(context, features, inner)
                                      : floats(context, {features, inner}));
  return success();
}

std::vector<HostTensor> LinearGradWeightOp::evaluate(ArrayRef<const HostTensor *> operands) {
  const HostTensor &dy = *operands[0], &x = *operands[1];
  int64_t features = dy.channels(), inner = x.channels();
  HostTensor dw({features, inner});
  for (int64_t r = 0; r < dy.rows(); ++r)
    for (int64_t n = 0; n < features; ++n)
      for (int64_t k = 0; k < inner; ++k)
        dw[n * inner + k] += dy[r * features + n] * x[r * inner + k];
  return {getPacked() ? packPanels(dw) : dw};
}

int64_t LinearGradWeightOp::getFlops() {
  return 2 * getDy().getType().getNumElements() * getInput().getType().getShape().back();
}

} // namespace cnx::ir
