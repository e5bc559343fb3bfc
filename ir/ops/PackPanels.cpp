#include "ir/ops/Check.h"

using namespace mlir;

namespace cnx::ir {

LogicalResult PackPanelsOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                             Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Check check(location, "pack_panels");
  auto weight = check.tensor(adaptor.getWeight(), "weight");
  if (!weight)
    return failure();
  if (weight.getRank() != 2 && weight.getRank() != 4)
    return check.fail("weight has shape ", Check::text(weight), ", expected [N,K] or [Co,Ci,k,k]");
  int64_t outputs = weight.getDimSize(0), inner = weight.getNumElements() / outputs;
  types.push_back(floats(context, {panels(outputs), inner, kPanelWidth}));
  return success();
}

std::vector<HostTensor> PackPanelsOp::evaluate(ArrayRef<const HostTensor *> operands) {
  return {packPanels(*operands[0])};
}

int64_t PackPanelsOp::getFlops() { return 0; }

} // namespace cnx::ir
