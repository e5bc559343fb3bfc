#include "ir/ops/Check.h"

using namespace mlir;

namespace cnx::ir {

LogicalResult FoldBiasOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                           Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Check check(location, "fold_bias");
  auto weight = check.tensor(adaptor.getWeight(), "weight");
  auto beta = check.tensor(adaptor.getBeta(), "beta");
  if (!weight || !beta)
    return failure();
  if (weight.getRank() != 2 && weight.getRank() != 4)
    return check.fail("weight has shape ", Check::text(weight), ", expected [N,K] or [Co,Ci,k,k]");
  if (failed(check.shape(beta, {weight.getDimSize(1)}, "beta")))
    return failure();
  if (adaptor.getBias()) {
    auto bias = check.tensor(adaptor.getBias(), "bias");
    if (!bias || failed(check.shape(bias, {weight.getDimSize(0)}, "bias")))
      return failure();
  }
  types.push_back(floats(context, {weight.getDimSize(0)}));
  return success();
}

std::vector<HostTensor> FoldBiasOp::evaluate(ArrayRef<const HostTensor *> operands) {
  const HostTensor *bias = operands.size() == 3 ? operands.front() : nullptr;
  const HostTensor &w = *operands[operands.size() - 2], &beta = *operands.back();
  int64_t outputs = w.extent(0), inputs = w.extent(1), taps = w.size() / (outputs * inputs);
  HostTensor y({outputs});
  for (int64_t n = 0; n < outputs; ++n) {
    double sum = bias ? (*bias)[n] : 0;
    for (int64_t k = 0; k < inputs; ++k)
      for (int64_t t = 0; t < taps; ++t)
        sum += w[(n * inputs + k) * taps + t] * beta[k];
    y[n] = sum;
  }
  return {y};
}

int64_t FoldBiasOp::getFlops() { return 2 * getWeight().getType().getNumElements(); }

} // namespace cnx::ir
