#include "ir/ops/Check.h"

using namespace mlir;

namespace cnx::ir {

LogicalResult SumRowsProductOp::inferReturnTypes(MLIRContext *context,
                                                 std::optional<Location> location, Adaptor adaptor,
                                                 SmallVectorImpl<Type> &types) {
  Check check(location, "sum_rows_product");
  auto lhs = check.activation(adaptor.getLhs(), "left operand");
  auto rhs = check.activation(adaptor.getRhs(), "right operand");
  if (!lhs || !rhs || failed(check.shape(rhs, lhs.getShape(), "right operand")))
    return failure();
  types.push_back(channelSums(context, lhs.getShape().back(), adaptor.getPacked()));
  return success();
}

std::vector<HostTensor> SumRowsProductOp::evaluate(ArrayRef<const HostTensor *> operands) {
  const HostTensor &a = *operands[0], &b = *operands[1];
  int64_t channels = a.channels();
  HostTensor sums({channels});
  for (int64_t r = 0; r < a.rows(); ++r)
    for (int64_t c = 0; c < channels; ++c)
      sums[c] += a[r * channels + c] * b[r * channels + c];
  return {getPacked() ? padVector(sums) : sums};
}

int64_t SumRowsProductOp::getFlops() { return 2 * getLhs().getType().getNumElements(); }

} // namespace cnx::ir
