#include "ir/ops/Check.h"

using namespace mlir;

namespace cnx::ir {

LogicalResult RelayoutOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                           Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Check check(location, "relayout");
  auto input = check.map(adaptor.getInput(), "input", /*bytes=*/true);
  if (!input)
    return failure();
  ArrayRef<int64_t> s = input.getShape();
  if (adaptor.getTo() == "nhwc")
    types.push_back(RankedTensorType::get({s[0], s[2], s[3], s[1]}, input.getElementType()));
  else if (adaptor.getTo() == "nchw")
    types.push_back(RankedTensorType::get({s[0], s[3], s[1], s[2]}, input.getElementType()));
  else
    return check.fail("layout is \"", adaptor.getTo(), "\", expected \"nhwc\" or \"nchw\"");
  return success();
}

std::vector<HostTensor> RelayoutOp::evaluate(ArrayRef<const HostTensor *> operands) {
  const HostTensor &x = *operands[0];
  bool toLast = getTo() == "nhwc";
  HostTensor y = zeros(getType());
  for (int64_t n = 0; n < x.extent(0); ++n)
    for (int64_t i = 0; i < x.extent(1); ++i)
      for (int64_t j = 0; j < x.extent(2); ++j)
        for (int64_t k = 0; k < x.extent(3); ++k) {
          double value = x.at({n, i, j, k});
          if (toLast)
            y.at({n, j, k, i}) = value;
          else
            y.at({n, k, i, j}) = value;
        }
  return {y};
}

int64_t RelayoutOp::getFlops() { return 0; }

LogicalResult RelayoutOp::buildAdjoint(OpBuilder &builder, ArrayRef<Value> cotangents,
                                       const llvm::BitVector &wanted,
                                       MutableArrayRef<Value> gradients) {
  if (wanted[0])
    gradients[0] = RelayoutOp::create(builder, backwardLocation(getLoc()), cotangents[0],
                                      getTo() == "nhwc" ? "nchw" : "nhwc");
  return success();
}

} // namespace cnx::ir
