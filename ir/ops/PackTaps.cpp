#include "ir/ops/Check.h"

using namespace mlir;

namespace cnx::ir {

LogicalResult PackTapsOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                           Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Check check(location, "pack_taps");
  auto weight = check.tensor(adaptor.getWeight(), "weight");
  if (!weight)
    return failure();
  ArrayRef<int64_t> s = weight.getShape();
  if (s.size() != 4 || s[1] != 1 || s[2] != s[3])
    return check.fail("weight has shape ", Check::text(weight), ", expected [C,1,k,k]");
  types.push_back(floats(context, {s[2], s[3], padToPanel(s[0])}));
  return success();
}

std::vector<HostTensor> PackTapsOp::evaluate(ArrayRef<const HostTensor *> operands) {
  return {packTaps(*operands[0])};
}

int64_t PackTapsOp::getFlops() { return 0; }

} // namespace cnx::ir
