#include "ir/ops/Check.h"

#include <cmath>
#include <limits>

using namespace mlir;

namespace cnx::ir {

LogicalResult RoundBf16Op::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                            Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Check check(location, "round_bf16");
  auto weight = check.tensor(adaptor.getWeight(), "weight");
  if (!weight)
    return failure();
  types.push_back(RankedTensorType::get(weight.getShape(), BFloat16Type::get(context)));
  return success();
}

// The nearest number of 8 significant bits, of two the even one; below float32's normal numbers the
// spacing no longer shrinks.
static double rounded(double x) {
  if (x == 0 || !std::isfinite(x))
    return x;
  const int exponent = std::max(std::ilogb(x), -126);
  const double unit = std::ldexp(1.0, exponent - 7);
  const double y = std::nearbyint(x / unit) * unit;
  return std::fabs(y) < std::ldexp(1.0, 128)
             ? y
             : std::copysign(std::numeric_limits<double>::infinity(), x);
}

std::vector<HostTensor> RoundBf16Op::evaluate(ArrayRef<const HostTensor *> operands) {
  HostTensor y = *operands[0];
  for (double &x : y.values)
    x = rounded(x);
  return {y};
}

int64_t RoundBf16Op::getFlops() { return 0; }

} // namespace cnx::ir
