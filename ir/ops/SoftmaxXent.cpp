#include "ir/ops/Check.h"

#include <algorithm>
#include <cmath>

using namespace mlir;

namespace cnx::ir {

LogicalResult SoftmaxXentOp::inferReturnTypes(MLIRContext *context,
                                              std::optional<Location> location, Adaptor adaptor,
                                              SmallVectorImpl<Type> &types) {
  Check check(location, "softmax_xent");
  auto logits = check.tensor(adaptor.getLogits(), "logits");
  auto targets = check.tensor(adaptor.getTargets(), "targets");
  auto weight = check.tensor(adaptor.getWeight(), "weight");
  if (!logits || !targets || !weight)
    return failure();
  if (logits.getRank() != 2)
    return check.fail("logits has shape ", Check::text(logits), ", expected [N,K]");
  if (failed(check.shape(targets, logits.getShape(), "targets")) ||
      failed(check.shape(weight, {logits.getDimSize(0)}, "weight")))
    return failure();
  types.push_back(floats(context, {1}));
  types.push_back(floats(context, logits.getShape()));
  return success();
}

std::vector<HostTensor> SoftmaxXentOp::evaluate(ArrayRef<const HostTensor *> operands) {
  const HostTensor &z = *operands[0], &targets = *operands[1], &weight = *operands[2];
  int64_t classes = z.channels();
  HostTensor loss({1}), dlogits(z.shape);
  for (int64_t n = 0; n < z.rows(); ++n) {
    if (weight[n] == 0) // ignored, whatever its logits
      continue;
    const double *row = &z.values[static_cast<size_t>(n * classes)];
    double largest = *std::max_element(row, row + classes);
    double sum = 0, mass = 0;
    for (int64_t k = 0; k < classes; ++k) {
      sum += std::exp(row[k] - largest);
      mass += targets.at({n, k});
    }
    double logSum = largest + std::log(sum);
    for (int64_t k = 0; k < classes; ++k) {
      loss[0] -= weight[n] * targets.at({n, k}) * (row[k] - logSum);
      dlogits.at({n, k}) = weight[n] * (std::exp(row[k] - logSum) * mass - targets.at({n, k}));
    }
  }
  return {loss, dlogits};
}

// An element: maximum, difference, exponential and sum, the targets' sum; difference, product and
// sum of the loss; quotient, product, difference and product of the derivative. A sample: the
// logarithm and its sum, the weighted loss.
int64_t SoftmaxXentOp::getFlops() {
  auto shape = getLogits().getType().getShape();
  return 12 * shape[0] * shape[1] + 4 * shape[0];
}

} // namespace cnx::ir
