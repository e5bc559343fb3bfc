#include "ir/ops/Check.h"

using namespace mlir;

namespace cnx::ir {

LogicalResult MeanPoolGradOp::inferReturnTypes(MLIRContext *context,
                                               std::optional<Location> location, Adaptor adaptor,
                                               SmallVectorImpl<Type> &types) {
  Check check(location, "mean_pool_grad");
  auto dy = check.tensor(adaptor.getDy(), "dy");
  if (!dy)
    return failure();
  if (dy.getRank() != 2)
    return check.fail("dy has shape ", Check::text(dy), ", expected [N,C]");
  int64_t height = adaptor.getHeight(), width = adaptor.getWidth();
  if (height < 1 || width < 1)
    return check.fail("a map of ", height, "x", width, ", expected at least 1x1");
  types.push_back(floats(context, {dy.getDimSize(0), height, width, dy.getDimSize(1)}));
  return success();
}

std::vector<HostTensor> MeanPoolGradOp::evaluate(ArrayRef<const HostTensor *> operands) {
  const HostTensor &dy = *operands[0];
  HostTensor dx = zeros(getType());
  for (int64_t n = 0; n < dx.extent(0); ++n)
    for (int64_t i = 0; i < dx.extent(1); ++i)
      for (int64_t j = 0; j < dx.extent(2); ++j)
        for (int64_t c = 0; c < dx.extent(3); ++c)
          dx.at({n, i, j, c}) = dy.at({n, c}) / static_cast<double>(dx.extent(1) * dx.extent(2));
  return {dx};
}

int64_t MeanPoolGradOp::getFlops() { return getDy().getType().getNumElements(); }

} // namespace cnx::ir
