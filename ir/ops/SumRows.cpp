#include "ir/ops/Check.h"

using namespace mlir;

namespace cnx::ir {

LogicalResult SumRowsOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                          Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Check check(location, "sum_rows");
  auto input = check.activation(adaptor.getInput(), "input");
  if (!input)
    return failure();
  types.push_back(channelSums(context, input.getShape().back(), adaptor.getPacked()));
  return success();
}

std::vector<HostTensor> SumRowsOp::evaluate(ArrayRef<const HostTensor *> operands) {
  const HostTensor &x = *operands[0];
  int64_t channels = x.channels();
  HostTensor sums({channels});
  for (int64_t r = 0; r < x.rows(); ++r)
    for (int64_t c = 0; c < channels; ++c)
      sums[c] += x[r * channels + c];
  return {getPacked() ? padVector(sums) : sums};
}

int64_t SumRowsOp::getFlops() { return getInput().getType().getNumElements(); }

} // namespace cnx::ir
