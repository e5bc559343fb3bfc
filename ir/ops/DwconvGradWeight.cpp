#include "ir/ops/Check.h"

using namespace mlir;

namespace cnx::ir {

LogicalResult DwconvGradWeightOp::inferReturnTypes(MLIRContext *context,
                                                   std::optional<Location> location,
                                                   Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Check check(location, "dwconv_grad_weight");
  auto dy = check.map(adaptor.getDy(), "dy");
  auto input = check.map(adaptor.getInput(), "input");
  if (!dy || !input || failed(check.shape(input, dy.getShape(), "input")))
    return failure();
  int64_t k = adaptor.getKernel();
  if (k < 1 || k % 2 == 0)
    return check.fail("kernel is ", k, ", expected an odd number");
  int64_t channels = dy.getShape().back();
  types.push_back(adaptor.getPacked() ? floats(context, {k, k, padToPanel(channels)})
                                      : floats(context, {channels, 1, k, k}));
  return success();
}

std::vector<HostTensor> DwconvGradWeightOp::evaluate(ArrayRef<const HostTensor *> operands) {
  const HostTensor &dy = *operands[0], &x = *operands[1];
  int64_t k = getKernel(), pad = k / 2;
  HostTensor dw({dy.channels(), 1, k, k});
  for (int64_t n = 0; n < dy.extent(0); ++n)
    for (int64_t i = 0; i < dy.extent(1); ++i)
      for (int64_t j = 0; j < dy.extent(2); ++j)
        for (int64_t u = 0; u < k; ++u)
          for (int64_t v = 0; v < k; ++v) {
            int64_t row = i + u - pad, column = j + v - pad;
            if (row < 0 || row >= x.extent(1) || column < 0 || column >= x.extent(2))
              continue;
            for (int64_t c = 0; c < x.extent(3); ++c)
              dw.at({c, 0, u, v}) += dy.at({n, i, j, c}) * x.at({n, row, column, c});
          }
  return {getPacked() ? packTaps(dw) : dw};
}

int64_t DwconvGradWeightOp::getFlops() {
  return 2 * getKernel() * getKernel() * getDy().getType().getNumElements();
}

} // namespace cnx::ir
