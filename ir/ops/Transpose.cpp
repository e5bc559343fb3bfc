#include "ir/ops/Check.h"

using namespace mlir;

namespace cnx::ir {

LogicalResult TransposeOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                            Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Check check(location, "transpose");
  auto weight = check.tensor(adaptor.getWeight(), "weight");
  if (!weight)
    return failure();
  if (weight.getRank() != 2 && weight.getRank() != 4)
    return check.fail("weight has shape ", Check::text(weight), ", expected [N,K] or [Co,Ci,k,k]");
  int64_t outputs = weight.getDimSize(0);
  types.push_back(floats(context, {weight.getNumElements() / outputs, outputs}));
  return success();
}

std::vector<HostTensor> TransposeOp::evaluate(ArrayRef<const HostTensor *> operands) {
  const HostTensor &w = *operands[0];
  int64_t outputs = w.extent(0), inputs = w.extent(1), taps = w.size() / (outputs * inputs);
  HostTensor y = zeros(getType());
  for (int64_t n = 0; n < outputs; ++n)
    for (int64_t c = 0; c < inputs; ++c)
      for (int64_t t = 0; t < taps; ++t)
        y.at({t * inputs + c, n}) = w[(n * inputs + c) * taps + t];
  return {y};
}

int64_t TransposeOp::getFlops() { return 0; }

} // namespace cnx::ir
