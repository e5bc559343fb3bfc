#include "ir/ops/Check.h"

using namespace mlir;

namespace cnx::ir {

LogicalResult ConstantOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                           Adaptor adaptor, SmallVectorImpl<Type> &types) {
  if (adaptor.getValues().empty())
    return Check(location, "constant").fail("has no values");
  types.push_back(floats(context, {static_cast<int64_t>(adaptor.getValues().size())}));
  return success();
}

std::vector<HostTensor> ConstantOp::evaluate(ArrayRef<const HostTensor *>) {
  ArrayRef<double> values = getValues();
  return {HostTensor({static_cast<int64_t>(values.size())}, {values.begin(), values.end()})};
}

int64_t ConstantOp::getFlops() { return 0; }

} // namespace cnx::ir
