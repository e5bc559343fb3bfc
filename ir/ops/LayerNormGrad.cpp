#include "ir/ops/Check.h"

using namespace mlir;

namespace cnx::ir {

LogicalResult LayerNormGradOp::inferReturnTypes(MLIRContext *context,
                                                std::optional<Location> location, Adaptor adaptor,
                                                SmallVectorImpl<Type> &types) {
  Check check(location, "layer_norm_grad");
  auto dxhat = check.activation(adaptor.getDxhat(), "dxhat");
  auto xhat = check.activation(adaptor.getXhat(), "xhat");
  auto rstd = check.tensor(adaptor.getRstd(), "rstd");
  if (!dxhat || !xhat || !rstd || failed(check.shape(xhat, dxhat.getShape(), "xhat")) ||
      failed(check.shape(rstd, dxhat.getShape().drop_back(), "rstd")))
    return failure();
  types.push_back(floats(context, dxhat.getShape()));
  return success();
}

std::vector<HostTensor> LayerNormGradOp::evaluate(ArrayRef<const HostTensor *> operands) {
  const HostTensor &g = *operands[0], &xhat = *operands[1], &rstd = *operands[2];
  int64_t channels = g.channels();
  HostTensor dx(g.shape);
  for (int64_t r = 0; r < g.rows(); ++r) {
    double mean = 0, projection = 0;
    for (int64_t c = 0; c < channels; ++c) {
      mean += g[r * channels + c] / static_cast<double>(channels);
      projection += g[r * channels + c] * xhat[r * channels + c] / static_cast<double>(channels);
    }
    for (int64_t c = 0; c < channels; ++c)
      dx[r * channels + c] =
          rstd[r] * (g[r * channels + c] - mean - xhat[r * channels + c] * projection);
  }
  return {dx};
}

// An element: sum, product and sum; two differences and two products. A row: two divisions.
int64_t LayerNormGradOp::getFlops() {
  return 7 * getType().getNumElements() + 2 * getRstd().getType().getNumElements();
}

} // namespace cnx::ir
