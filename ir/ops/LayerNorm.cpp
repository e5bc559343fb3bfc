#include "ir/ops/Check.h"

#include <cmath>

using namespace mlir;

namespace cnx::ir {

LogicalResult LayerNormOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                            Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Check check(location, "layer_norm");
  auto input = check.activation(adaptor.getInput(), "input");
  if (!input || failed(check.positive(adaptor.getEps(), "eps")))
    return failure();
  types.push_back(floats(context, input.getShape()));
  types.push_back(floats(context, input.getShape().drop_back()));
  return success();
}

std::vector<HostTensor> LayerNormOp::evaluate(ArrayRef<const HostTensor *> operands) {
  HostTensor xhat = *operands[0];
  HostTensor rstd = zeros(getRstd().getType());
  int64_t channels = xhat.channels();
  for (int64_t r = 0; r < xhat.rows(); ++r) {
    double *row = &xhat[r * channels];
    double mean = 0, variance = 0;
    for (int64_t c = 0; c < channels; ++c)
      mean += row[c] / static_cast<double>(channels);
    for (int64_t c = 0; c < channels; ++c)
      variance += (row[c] - mean) * (row[c] - mean) / static_cast<double>(channels);
    rstd[r] = 1 / std::sqrt(variance + getEps());
    for (int64_t c = 0; c < channels; ++c)
      row[c] = (row[c] - mean) * rstd[r];
  }
  return {xhat, rstd};
}

// A row: C additions and a division for the mean; C subtractions, squares and additions and a
// division for the variance; eps, root, reciprocal; C subtractions and products.
int64_t LayerNormOp::getFlops() {
  return 6 * getXhat().getType().getNumElements() + 5 * getRstd().getType().getNumElements();
}

LogicalResult LayerNormOp::buildAdjoint(OpBuilder &builder, ArrayRef<Value> cotangents,
                                        const llvm::BitVector &wanted,
                                        MutableArrayRef<Value> gradients) {
  if (cotangents[1])
    return emitOpError("has no derivative of rstd");
  if (wanted[0])
    gradients[0] = LayerNormGradOp::create(builder, backwardLocation(getLoc()), cotangents[0],
                                           getXhat(), getRstd());
  return success();
}

} // namespace cnx::ir
