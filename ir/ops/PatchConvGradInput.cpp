#include "ir/ops/Check.h"

using namespace mlir;

namespace cnx::ir {

LogicalResult PatchConvGradInputOp::inferReturnTypes(MLIRContext *context,
                                                     std::optional<Location> location,
                                                     Adaptor adaptor,
                                                     SmallVectorImpl<Type> &types) {
  Check check(location, "patch_conv_grad_input");
  auto dy = check.map(adaptor.getDy(), "dy");
  auto weight = check.tensor(adaptor.getWeight(), "weight");
  if (!dy || !weight)
    return failure();
  int64_t k = adaptor.getKernel(), height = adaptor.getHeight(), width = adaptor.getWidth();
  if (k < 1)
    return check.fail("kernel is ", k, ", expected at least 1");
  ArrayRef<int64_t> s = dy.getShape();
  if (height / k != s[1] || width / k != s[2])
    return check.fail("a map of ", height, "x", width, " has ", height / k, "x", width / k,
                      " patches of ", k, "x", k, ", dy has ", s[1], "x", s[2]);
  int64_t channels = adaptor.getChannels();
  if (channels < 1)
    return check.fail("channels is ", channels, ", expected at least 1");
  bool packed = weight.getRank() == 3;
  if (failed(packed ? check.shape(weight, {panels(k * k * channels), s[3], kPanelWidth}, "weight")
                    : check.shape(weight, {s[3], channels, k, k}, "weight")))
    return failure();
  types.push_back(floats(context, {s[0], height, width, channels}));
  return success();
}

std::vector<HostTensor> PatchConvGradInputOp::evaluate(ArrayRef<const HostTensor *> operands) {
  const HostTensor &dy = *operands[0], &w = *operands[1];
  int64_t k = getKernel(), channels = getChannels();
  bool packed = w.shape.size() == 3;
  HostTensor rows = packed ? unpackPanels(w, k * k * channels) : HostTensor();
  auto tap = [&](int64_t o, int64_t c, int64_t u, int64_t v) {
    return packed ? rows.at({(u * k + v) * channels + c, o}) : w.at({o, c, u, v});
  };
  HostTensor dx = zeros(getType());
  for (int64_t n = 0; n < dy.extent(0); ++n)
    for (int64_t i = 0; i < dy.extent(1); ++i)
      for (int64_t j = 0; j < dy.extent(2); ++j)
        for (int64_t o = 0; o < dy.extent(3); ++o)
          for (int64_t c = 0; c < channels; ++c)
            for (int64_t u = 0; u < k; ++u)
              for (int64_t v = 0; v < k; ++v)
                dx.at({n, k * i + u, k * j + v, c}) += dy.at({n, i, j, o}) * tap(o, c, u, v);
  return {dx};
}

int64_t PatchConvGradInputOp::getFlops() {
  return 2 * getDy().getType().getNumElements() * getKernel() * getKernel() * getChannels();
}

} // namespace cnx::ir
