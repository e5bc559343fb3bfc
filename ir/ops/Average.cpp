#include "ir/ops/Blocks.h"

using namespace mlir;

namespace cnx::ir {

LogicalResult AverageOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                          Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Check check(location, "average");
  auto ema = blocks(check, adaptor.getEma(), "ema");
  if (!ema || failed(sameShape(check, adaptor.getParam(), ema.getShape(), "param")) ||
      failed(checkScalars(check, adaptor.getScalars())))
    return failure();
  types.push_back(ema);
  return success();
}

std::vector<HostTensor> AverageOp::evaluate(ArrayRef<const HostTensor *> operands) {
  HostTensor ema = *operands[0];
  const HostTensor &param = *operands[1], &s = *operands[2];
  for (int64_t i = 0; i < ema.size(); ++i)
    ema[i] += s[kOneMinusAverage] * (param[i] - ema[i]);
  return {ema};
}

int64_t AverageOp::getFlops() { return 3 * getType().getNumElements(); }

} // namespace cnx::ir
