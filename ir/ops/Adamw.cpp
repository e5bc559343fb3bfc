#include "ir/ops/Blocks.h"

#include <cmath>

using namespace mlir;

namespace cnx::ir {

LogicalResult AdamwOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                        Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Check check(location, "adamw");
  auto param = check.tensor(adaptor.getParam(), "param");
  if (!param || failed(sameShape(check, adaptor.getGrad(), param.getShape(), "grad")) ||
      failed(sameShape(check, adaptor.getMoment1(), param.getShape(), "moment1")) ||
      failed(sameShape(check, adaptor.getMoment2(), param.getShape(), "moment2")) ||
      failed(checkTable(check, adaptor.getRate(), param, "rate")) ||
      failed(checkTable(check, adaptor.getDecay(), param, "decay")) ||
      failed(checkScalars(check, adaptor.getScalars())))
    return failure();
  types.append({param, param, param});
  return success();
}

std::vector<HostTensor> AdamwOp::evaluate(ArrayRef<const HostTensor *> operands) {
  HostTensor param = *operands[0], moment1 = *operands[2], moment2 = *operands[3];
  const HostTensor &grad = *operands[1], &rates = *operands[4], &decays = *operands[5],
                   &s = *operands[6];
  for (int64_t i = 0; i < param.size(); ++i) {
    double &p = param[i], &m = moment1[i], &v = moment2[i];
    const double rate = s[kRate] * entryFor(rates, param, i), g = s[kGradientFactor] * grad[i];
    p -= rate * s[kDecay] * entryFor(decays, param, i) * p;
    m += s[kOneMinusBeta1] * (g - m);
    v = s[kBeta2] * v + s[kOneMinusBeta2] * g * g;
    p -= rate / s[kBias1] * m / (std::sqrt(v) / s[kRootBias2] + s[kEps]);
  }
  return {param, moment1, moment2};
}

// g; decay: product, difference; m: difference, product, sum; v: three products, sum; root, two
// divisions, sum, product, difference.
int64_t AdamwOp::getFlops() { return 16 * getParam().getType().getNumElements(); }

} // namespace cnx::ir
