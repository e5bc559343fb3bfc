#include "ir/ops/Check.h"

using namespace mlir;

namespace cnx::ir {

LogicalResult DwconvGradInputOp::inferReturnTypes(MLIRContext *context,
                                                  std::optional<Location> location, Adaptor adaptor,
                                                  SmallVectorImpl<Type> &types) {
  Check check(location, "dwconv_grad_input");
  auto dy = check.map(adaptor.getDy(), "dy");
  auto weight = check.tensor(adaptor.getWeight(), "weight");
  if (!dy || !weight)
    return failure();
  int64_t k = adaptor.getKernel(), channels = dy.getShape().back();
  if (k < 1 || k % 2 == 0)
    return check.fail("kernel is ", k, ", expected an odd number");
  bool packed = weight.getRank() == 3;
  if (failed(packed ? check.shape(weight, {k, k, padToPanel(channels)}, "weight")
                    : check.shape(weight, {channels, 1, k, k}, "weight")))
    return failure();
  types.push_back(floats(context, dy.getShape()));
  return success();
}

std::vector<HostTensor> DwconvGradInputOp::evaluate(ArrayRef<const HostTensor *> operands) {
  const HostTensor &dy = *operands[0], &w = *operands[1];
  int64_t k = getKernel(), pad = k / 2;
  bool packed = w.shape.size() == 3;
  HostTensor dx(dy.shape);
  for (int64_t n = 0; n < dy.extent(0); ++n)
    for (int64_t i = 0; i < dy.extent(1); ++i)
      for (int64_t j = 0; j < dy.extent(2); ++j)
        for (int64_t u = 0; u < k; ++u)
          for (int64_t v = 0; v < k; ++v) {
            int64_t row = i + pad - u, column = j + pad - v;
            if (row < 0 || row >= dy.extent(1) || column < 0 || column >= dy.extent(2))
              continue;
            for (int64_t c = 0; c < dy.extent(3); ++c)
              dx.at({n, i, j, c}) +=
                  dy.at({n, row, column, c}) * (packed ? w.at({u, v, c}) : w.at({c, 0, u, v}));
          }
  return {dx};
}

int64_t DwconvGradInputOp::getFlops() {
  return 2 * getKernel() * getKernel() * getType().getNumElements();
}

} // namespace cnx::ir
