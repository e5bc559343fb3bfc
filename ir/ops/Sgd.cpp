#include "ir/ops/Blocks.h"

using namespace mlir;

namespace cnx::ir {

LogicalResult SgdOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                      Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Check check(location, "sgd");
  auto param = blocks(check, adaptor.getParam(), "param");
  if (!param || failed(sameShape(check, adaptor.getGrad(), param.getShape(), "grad")) ||
      failed(sameShape(check, adaptor.getMoment1(), param.getShape(), "moment1")) ||
      failed(sameShape(check, adaptor.getRate(), {param.getDimSize(0)}, "rate")) ||
      failed(sameShape(check, adaptor.getDecay(), {param.getDimSize(0)}, "decay")) ||
      failed(checkScalars(check, adaptor.getScalars())))
    return failure();
  types.append({param, param});
  return success();
}

std::vector<HostTensor> SgdOp::evaluate(ArrayRef<const HostTensor *> operands) {
  HostTensor param = *operands[0], moment1 = *operands[2];
  const HostTensor &grad = *operands[1], &rates = *operands[3], &decays = *operands[4],
                   &s = *operands[5];
  for (int64_t b = 0; b < param.extent(0); ++b)
    for (int64_t i = 0; i < param.extent(1); ++i) {
      double &p = param.at({b, i}), &m = moment1.at({b, i});
      double g = s[kGradientFactor] * grad.at({b, i}) + s[kDecay] * decays[b] * p;
      m = s[kMomentum] * m + g;
      p -= s[kRate] * rates[b] * m;
    }
  return {param, moment1};
}

// g: two products, sum; m: product, sum; p: product, difference.
int64_t SgdOp::getFlops() { return 7 * getParam().getType().getNumElements(); }

} // namespace cnx::ir
