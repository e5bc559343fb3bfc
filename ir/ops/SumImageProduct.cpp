#include "ir/ops/Check.h"

using namespace mlir;

namespace cnx::ir {

LogicalResult SumImageProductOp::inferReturnTypes(MLIRContext *context,
                                                  std::optional<Location> location, Adaptor adaptor,
                                                  SmallVectorImpl<Type> &types) {
  Check check(location, "sum_image_product");
  auto lhs = check.map(adaptor.getLhs(), "left operand");
  auto rhs = check.map(adaptor.getRhs(), "right operand");
  if (!lhs || !rhs || failed(check.shape(rhs, lhs.getShape(), "right operand")))
    return failure();
  types.push_back(floats(context, {lhs.getShape().front(), lhs.getShape().back()}));
  return success();
}

std::vector<HostTensor> SumImageProductOp::evaluate(ArrayRef<const HostTensor *> operands) {
  const HostTensor &a = *operands[0], &b = *operands[1];
  HostTensor sums({a.extent(0), a.extent(3)});
  for (int64_t n = 0; n < a.extent(0); ++n)
    for (int64_t i = 0; i < a.extent(1); ++i)
      for (int64_t j = 0; j < a.extent(2); ++j)
        for (int64_t c = 0; c < a.extent(3); ++c)
          sums.at({n, c}) += a.at({n, i, j, c}) * b.at({n, i, j, c});
  return {sums};
}

int64_t SumImageProductOp::getFlops() { return 2 * getLhs().getType().getNumElements(); }

} // namespace cnx::ir
