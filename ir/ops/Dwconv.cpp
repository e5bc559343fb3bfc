#include "ir/ops/Check.h"
#include "ir/ops/Unpacked.h"

using namespace mlir;

namespace cnx::ir {

LogicalResult DwconvOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                         Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Check check(location, "dwconv");
  auto input = check.map(adaptor.getInput(), "input");
  auto weight = check.tensor(adaptor.getWeight(), "weight");
  if (!input || !weight)
    return failure();
  int64_t k = adaptor.getKernel(), channels = input.getShape().back();
  if (k < 1 || k % 2 == 0)
    return check.fail("kernel is ", k, ", expected an odd number");
  bool packed = weight.getRank() == 3;
  if (failed(packed ? check.shape(weight, {k, k, padToPanel(channels)}, "weight")
                    : check.shape(weight, {channels, 1, k, k}, "weight")) ||
      failed(check.vector(adaptor.getBias(), channels, "bias")))
    return failure();
  types.push_back(floats(context, input.getShape()));
  return success();
}

std::vector<HostTensor> DwconvOp::evaluate(ArrayRef<const HostTensor *> operands) {
  const HostTensor &x = *operands[0], &w = *operands[1];
  const HostTensor *bias = operands.size() > 2 ? operands[2] : nullptr;
  int64_t k = getKernel(), pad = k / 2;
  bool packed = w.shape.size() == 3;
  HostTensor y(x.shape);
  for (int64_t n = 0; n < x.extent(0); ++n)
    for (int64_t i = 0; i < x.extent(1); ++i)
      for (int64_t j = 0; j < x.extent(2); ++j)
        for (int64_t c = 0; c < x.extent(3); ++c) {
          double sum = bias ? (*bias)[c] : 0;
          for (int64_t u = 0; u < k; ++u)
            for (int64_t v = 0; v < k; ++v) {
              int64_t row = i + u - pad, column = j + v - pad;
              if (row < 0 || row >= x.extent(1) || column < 0 || column >= x.extent(2))
                continue;
              sum += x.at({n, row, column, c}) * (packed ? w.at({u, v, c}) : w.at({c, 0, u, v}));
            }
          y.at({n, i, j, c}) = sum;
        }
  return {y};
}

int64_t DwconvOp::getFlops() {
  return (2 * getKernel() * getKernel() + (getBias() ? 1 : 0)) * getType().getNumElements();
}

LogicalResult DwconvOp::buildAdjoint(OpBuilder &builder, ArrayRef<Value> cotangents,
                                     const llvm::BitVector &wanted,
                                     MutableArrayRef<Value> gradients) {
  if (failed(requireUnpacked(*this, getWeight(), 4)))
    return failure();
  Location loc = backwardLocation(getLoc());
  Value dy = cotangents[0];
  if (wanted[0])
    gradients[0] = DwconvGradInputOp::create(builder, loc, dy, getWeight(), getKernel());
  if (wanted[1])
    gradients[1] = DwconvGradWeightOp::create(builder, loc, dy, getInput(), getKernel());
  if (getBias() && wanted[2])
    gradients[2] = SumRowsOp::create(builder, loc, dy);
  return success();
}

} // namespace cnx::ir
