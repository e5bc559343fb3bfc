#include "ir/ops/Check.h"
#include "ir/ops/GlobalResponse.h"

using namespace mlir;

namespace cnx::ir {

LogicalResult ImageNormOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                            Adaptor adaptor, SmallVectorImpl<Type> &types) {
  auto input = Check(location, "image_norm").map(adaptor.getInput(), "input");
  if (!input)
    return failure();
  types.push_back(floats(context, {input.getShape().front(), input.getShape().back()}));
  return success();
}

std::vector<HostTensor> ImageNormOp::evaluate(ArrayRef<const HostTensor *> operands) {
  return {mapNorms(*operands[0])};
}

// An element: square and sum. An image and channel: root.
int64_t ImageNormOp::getFlops() {
  return 2 * getInput().getType().getNumElements() + getType().getNumElements();
}

} // namespace cnx::ir
