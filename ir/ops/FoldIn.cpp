#include "ir/ops/Check.h"

using namespace mlir;

namespace cnx::ir {

LogicalResult FoldInOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                         Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Check check(location, "fold_in");
  auto weight = check.tensor(adaptor.getWeight(), "weight");
  auto gain = check.tensor(adaptor.getGain(), "gain");
  if (!weight || !gain)
    return failure();
  if (weight.getRank() != 2 && weight.getRank() != 4)
    return check.fail("weight has shape ", Check::text(weight), ", expected [N,K] or [Co,Ci,k,k]");
  if (failed(check.shape(gain, {weight.getDimSize(1)}, "gain")))
    return failure();
  types.push_back(floats(context, weight.getShape()));
  return success();
}

std::vector<HostTensor> FoldInOp::evaluate(ArrayRef<const HostTensor *> operands) {
  HostTensor y = *operands[0];
  const HostTensor &gain = *operands[1];
  int64_t inputs = y.extent(1), taps = y.size() / (y.extent(0) * inputs);
  for (int64_t n = 0; n < y.extent(0); ++n)
    for (int64_t k = 0; k < inputs; ++k)
      for (int64_t t = 0; t < taps; ++t)
        y[(n * inputs + k) * taps + t] *= gain[k];
  return {y};
}

int64_t FoldInOp::getFlops() { return getType().getNumElements(); }

} // namespace cnx::ir
