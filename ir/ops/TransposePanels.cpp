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
  const int64_t inner = packed.getDimSize(1), channels = adaptor.getChannels().value_or(inner);
  const StringRef of = adaptor.getOf().value_or("");
  if (channels < 1 || inner % channels != 0)
    return check.fail("channels is ", channels, ", expected a divisor of ", inner);
  if (adaptor.getGain() && of != "inputs" && of != "outputs")
    return check.fail("a gain of \"", of, "\", expected of \"inputs\" or \"outputs\"");
  if (failed(check.vector(adaptor.getGain(), of == "inputs" ? channels : features, "gain")))
    return failure();
  types.push_back(panelsType(context, inner, features));
  return success();
}

std::vector<HostTensor> TransposePanelsOp::evaluate(ArrayRef<const HostTensor *> operands) {
  const HostTensor &w = *operands[0];
  const int64_t channels = getChannels().value_or(w.extent(1));
  auto gain = [&](int64_t n, int64_t k) {
    return operands.size() < 2 ? 1 : (*operands[1])[*getOf() == "inputs" ? k % channels : n];
  };
  HostTensor y = zeros(getType());
  for (int64_t n = 0; n < getFeatures(); ++n)
    for (int64_t k = 0; k < w.extent(1); ++k)
      y.at({k / kPanelWidth, n, k % kPanelWidth}) =
          w.at({n / kPanelWidth, k, n % kPanelWidth}) * gain(n, k);
  return {y};
}

int64_t TransposePanelsOp::getFlops() {
  return getGain() ? getFeatures() * getPanels().getType().getDimSize(1) : 0;
}

} // namespace cnx::ir
