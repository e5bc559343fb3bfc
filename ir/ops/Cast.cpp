#include "ir/ops/Check.h"

using namespace mlir;

namespace cnx::ir {

LogicalResult CastOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                       Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Check check(location, "cast");
  auto input = check.tensor(adaptor.getInput(), "input", /*bytes=*/true);
  if (!input)
    return failure();
  if (!input.getElementType().isUnsignedInteger(8))
    return check.fail("input is ", input, ", expected ui8");
  types.push_back(floats(context, input.getShape()));
  return success();
}

std::vector<HostTensor> CastOp::evaluate(ArrayRef<const HostTensor *> operands) {
  return {*operands[0]};
}

int64_t CastOp::getFlops() { return 0; }

} // namespace cnx::ir
