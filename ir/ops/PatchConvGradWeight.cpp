#include "ir/ops/Check.h"

using namespace mlir;

namespace cnx::ir {

LogicalResult PatchConvGradWeightOp::inferReturnTypes(MLIRContext *context,
                                                      std::optional<Location> location,
                                                      Adaptor adaptor,
                                                      SmallVectorImpl<Type> &types) {
  Check check(location, "patch_conv_grad_weight");
  auto dy = check.map(adaptor.getDy(), "dy");
  auto input = check.map(adaptor.getInput(), "input");
  if (!dy || !input)
    return failure();
  int64_t k = adaptor.getKernel();
  if (k < 1)
    return check.fail("kernel is ", k, ", expected at least 1");
  ArrayRef<int64_t> s = input.getShape();
  int64_t features = dy.getShape().back();
  if (failed(check.shape(dy, {s[0], s[1] / k, s[2] / k, features}, "dy")))
    return failure();
  types.push_back(adaptor.getPacked() ? panelsType(context, features, k * k * s[3])
                                      : floats(context, {features, s[3], k, k}));
  return success();
}

std::vector<HostTensor> PatchConvGradWeightOp::evaluate(ArrayRef<const HostTensor *> operands) {
  const HostTensor &dy = *operands[0], &x = *operands[1];
  int64_t k = getKernel();
  HostTensor dw({dy.channels(), x.channels(), k, k});
  for (int64_t n = 0; n < dy.extent(0); ++n)
    for (int64_t i = 0; i < dy.extent(1); ++i)
      for (int64_t j = 0; j < dy.extent(2); ++j)
        for (int64_t o = 0; o < dy.extent(3); ++o)
          for (int64_t c = 0; c < x.extent(3); ++c)
            for (int64_t u = 0; u < k; ++u)
              for (int64_t v = 0; v < k; ++v)
                dw.at({o, c, u, v}) += dy.at({n, i, j, o}) * x.at({n, k * i + u, k * j + v, c});
  return {getPacked() ? packPanels(dw) : dw};
}

int64_t PatchConvGradWeightOp::getFlops() {
  int64_t inner = getKernel() * getKernel() * getInput().getType().getShape().back();
  return 2 * getDy().getType().getNumElements() * inner;
}

} // namespace cnx::ir
