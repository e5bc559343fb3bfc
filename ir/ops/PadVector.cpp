#include "ir/ops/Check.h"

using namespace mlir;

namespace cnx::ir {

LogicalResult PadVectorOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                            Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Check check(location, "pad_vector");
  auto vector = check.tensor(adaptor.getVector(), "vector");
  if (!vector)
    return failure();
  if (vector.getRank() != 1)
    return check.fail("vector has shape ", Check::text(vector), ", expected one axis");
  types.push_back(floats(context, {padToPanel(vector.getDimSize(0))}));
  return success();
}

std::vector<HostTensor> PadVectorOp::evaluate(ArrayRef<const HostTensor *> operands) {
  return {padVector(*operands[0])};
}

int64_t PadVectorOp::getFlops() { return 0; }

} // namespace cnx::ir
