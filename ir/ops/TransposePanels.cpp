#include "ir/ops/Check.h"

using namespace mlir;

namespace cnx::ir {

LogicalResult TransposePanelsOp::inferReturnTypes(MLIRContext *context,
                                                  std::optional<Location> location, Adaptor adaptor,
                                                  SmallVectorImpl<Type> &types) {
  Check check(location, "transpose_panels");
  auto packed = check.tensor(adaptor.getPanels(), "operand");
  if (!packed)
    return failure();
  int64_t features = adaptor.getFeatures();
  if (features < 1)
    return check.fail("features is ", features, ", expected at least 1");
  if (packed.getRank() != 3 || packed.getDimSize(0) != panels(features) ||
      packed.getDimSize(2) != kPanelWidth)
    return check.fail("operand has shape ", Check::text(packed), ", expected [", panels(features),
                      ",K,", kPanelWidth, "]");
  types.push_back(panelsType(context, packed.getDimSize(1), features));
  return success();
}

std::vector<HostTensor> TransposePanelsOp::evaluate(ArrayRef<const HostTensor *> operands) {
  const HostTensor &w = *operands[0];
  HostTensor y = zeros(getType());
  for (int64_t n = 0; n < getFeatures(); ++n)
    for (int64_t k = 0; k < w.extent(1); ++k)
      y.at({k / kPanelWidth, n, k % kPanelWidth}) = w.at({n / kPanelWidth, k, n % kPanelWidth});
  return {y};
}

int64_t TransposePanelsOp::getFlops() { return 0; }

} // namespace cnx::ir
