#include "ir/ops/Blocks.h"

using namespace mlir;

namespace cnx::ir {

LogicalResult SgdOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                      Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Check check(location, "sgd");
  auto param = check.tensor(adaptor.getParam(), "param");
  if (!param || failed(sameShape(check, adaptor.getGrad(), param.getShape(), "grad")) ||
      failed(sameShape(check, adaptor.getMoment1(), param.getShape(), "moment1")) ||
      failed(checkTable(check, adaptor.getRate(), param, "rate")) ||
      failed(checkTable(check, adaptor.getDecay(), param, "decay")) ||
      failed(checkScalars(check, adaptor.getScalars())))
    return failure();
  types.append({param, param});
  return success();
}

std::vector<HostTensor> SgdOp::evaluate(ArrayRef<const HostTensor *> operands) {
  HostTensor param = *operands[0], moment1 = *operands[2];
  const HostTensor &grad = *operands[1], &rates = *operands[3], &decays = *operands[4],
                   &s = *operands[5];
  for (int64_t i = 0; i < param.size(); ++i) {
    double &p = param[i], &m = moment1[i];
    const double decay = s[kDecay] * entryFor(decays, param, i);
    m = s[kMomentum] * m + s[kGradientFactor] * grad[i] + decay * p;
    p -= s[kRate] * entryFor(rates, param, i) * m;
  }
  return {param, moment1};
}

// g: two products, sum; m: product, sum; p: product, difference.
int64_t SgdOp::getFlops() { return 7 * getParam().getType().getNumElements(); }

} // namespace cnx::ir
