#include "ir/ops/Check.h"

#include <cmath>

using namespace mlir;

namespace cnx::ir {

LogicalResult GeluGradOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                           Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Check check(location, "gelu_grad");
  auto dy = check.activation(adaptor.getDy(), "dy");
  auto input = check.activation(adaptor.getInput(), "input");
  if (!dy || !input || failed(check.shape(input, dy.getShape(), "input")))
    return failure();
  types.push_back(floats(context, dy.getShape()));
  return success();
}

std::vector<HostTensor> GeluGradOp::evaluate(ArrayRef<const HostTensor *> operands) {
  HostTensor dx = *operands[0];
  for (int64_t i = 0; i < dx.size(); ++i) {
    double x = (*operands[1])[i];
    double distribution = 0.5 * (1 + std::erf(x / std::sqrt(2.0)));
    double density = std::exp(-x * x / 2) / std::sqrt(2 * M_PI);
    dx[i] *= distribution + x * density;
  }
  return {dx};
}

// x/sqrt(2), erf, 1 +, half; square, half, exponential, quotient; product, sum, product with dy
int64_t GeluGradOp::getFlops() { return 11 * getType().getNumElements(); }

} // namespace cnx::ir
