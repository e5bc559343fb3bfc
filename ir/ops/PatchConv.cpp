#include "ir/ops/Check.h"
#include "ir/ops/Unpacked.h"

using namespace mlir;

namespace cnx::ir {

LogicalResult PatchConvOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                            Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Check check(location, "patch_conv");
  auto input = check.map(adaptor.getInput(), "input");
  auto weight = check.matrix(adaptor.getWeight(), "weight");
  if (!input || !weight)
    return failure();
  int64_t k = adaptor.getKernel(), features = adaptor.getFeatures();
  if (k < 1 || features < 1)
    return check.fail("kernel ", k, " and features ", features, ", expected at least 1");
  ArrayRef<int64_t> s = input.getShape();
  if (s[1] < k || s[2] < k)
    return check.fail("a map of ", s[1], "x", s[2], " holds no patch of ", k, "x", k);
  bool packed = weight.getRank() == 3;
  if (failed(packed ? check.shape(weight, {panels(features), k * k * s[3], kPanelWidth}, "weight")
                    : check.shape(weight, {features, s[3], k, k}, "weight")) ||
      failed(check.vector(adaptor.getBias(), features, "bias")))
    return failure();
  types.push_back(floats(context, {s[0], s[1] / k, s[2] / k, features}));
  return success();
}

std::vector<HostTensor> PatchConvOp::evaluate(ArrayRef<const HostTensor *> operands) {
  const HostTensor &x = *operands[0], &w = *operands[1];
  const HostTensor *bias = operands.size() > 2 ? operands[2] : nullptr;
  int64_t k = getKernel(), channels = x.channels();
  bool packed = w.shape.size() == 3;
  HostTensor panel = packed ? unpackPanels(w, getFeatures()) : HostTensor();
  auto tap = [&](int64_t o, int64_t c, int64_t u, int64_t v) {
    return packed ? panel.at({o, (u * k + v) * channels + c}) : w.at({o, c, u, v});
  };
  HostTensor y = zeros(getType());
  for (int64_t n = 0; n < y.extent(0); ++n)
    for (int64_t i = 0; i < y.extent(1); ++i)
      for (int64_t j = 0; j < y.extent(2); ++j)
        for (int64_t o = 0; o < y.extent(3); ++o) {
          double sum = bias ? (*bias)[o] : 0;
          for (int64_t u = 0; u < k; ++u)
            for (int64_t v = 0; v < k; ++v)
              for (int64_t c = 0; c < channels; ++c)
                sum += x.at({n, k * i + u, k * j + v, c}) * tap(o, c, u, v);
          y.at({n, i, j, o}) = sum;
        }
  return {y};
}

int64_t PatchConvOp::getFlops() {
  int64_t inner = getKernel() * getKernel() * getInput().getType().getShape().back();
  return (2 * inner + (getBias() ? 1 : 0)) * getType().getNumElements();
}

LogicalResult PatchConvOp::buildAdjoint(OpBuilder &builder, ArrayRef<Value> cotangents,
                                        const llvm::BitVector &wanted,
                                        MutableArrayRef<Value> gradients) {
  if (failed(requireUnpacked(*this, getWeight(), 4)))
    return failure();
  Location loc = backwardLocation(getLoc());
  Value dy = cotangents[0];
  ArrayRef<int64_t> s = getInput().getType().getShape();
  if (wanted[0])
    gradients[0] =
        PatchConvGradInputOp::create(builder, loc, dy, getWeight(), getKernel(), s[3], s[1], s[2]);
  if (wanted[1])
    gradients[1] = PatchConvGradWeightOp::create(builder, loc, dy, getInput(), getKernel());
  if (getBias() && wanted[2])
    gradients[2] = SumRowsOp::create(builder, loc, dy);
  return success();
}

} // namespace cnx::ir
