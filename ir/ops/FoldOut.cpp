#include "ir/ops/Check.h"

using namespace mlir;

namespace cnx::ir {

LogicalResult FoldOutOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                          Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Check check(location, "fold_out");
  auto weight = check.tensor(adaptor.getWeight(), "weight");
  auto gain = check.tensor(adaptor.getGain(), "gain");
  if (!weight || !gain || failed(check.shape(gain, {weight.getDimSize(0)}, "gain")))
    return failure();
  types.push_back(floats(context, weight.getShape()));
  return success();
}

std::vector<HostTensor> FoldOutOp::evaluate(ArrayRef<const HostTensor *> operands) {
  HostTensor y = *operands[0];
  const HostTensor &gain = *operands[1];
  int64_t inner = y.size() / y.extent(0);
  for (int64_t i = 0; i < y.size(); ++i)
    y[i] *= gain[i / inner];
  return {y};
}

int64_t FoldOutOp::getFlops() { return getType().getNumElements(); }

} // namespace cnx::ir
