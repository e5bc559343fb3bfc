#include "ir/ops/Blocks.h"

using namespace mlir;

namespace cnx::ir {

LogicalResult BlockSquaresOp::inferReturnTypes(MLIRContext *context,
                                               std::optional<Location> location, Adaptor adaptor,
                                               SmallVectorImpl<Type> &types) {
  auto grad = blocks(Check(location, "block_squares"), adaptor.getGrad(), "grad");
  if (!grad)
    return failure();
  types.push_back(floats(context, {grad.getDimSize(0)}));
  return success();
}

std::vector<HostTensor> BlockSquaresOp::evaluate(ArrayRef<const HostTensor *> operands) {
  const HostTensor &grad = *operands[0];
  HostTensor squares({grad.extent(0)});
  for (int64_t b = 0; b < grad.extent(0); ++b)
    for (int64_t i = 0; i < grad.extent(1); ++i)
      squares[b] += grad.at({b, i}) * grad.at({b, i});
  return {squares};
}

int64_t BlockSquaresOp::getFlops() { return 2 * getGrad().getType().getNumElements(); }

} // namespace cnx::ir
