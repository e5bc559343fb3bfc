#include "ir/ops/Check.h"
#include "ir/ops/GlobalResponse.h"

using namespace mlir;

namespace cnx::ir {

LogicalResult GrnFactorGradOp::inferReturnTypes(MLIRContext *context,
                                                std::optional<Location> location, Adaptor adaptor,
                                                SmallVectorImpl<Type> &types) {
  Check check(location, "grn_factor_grad");
  auto input = check.activation(adaptor.getInput(), "input");
  auto du = check.tensor(adaptor.getDu(), "du");
  if (!input || !du)
    return failure();
  int64_t images = input.getShape().front(), channels = input.getShape().back();
  if (failed(check.vector(adaptor.getGamma(), channels, "gamma")) ||
      failed(check.shape(du, {images, channels}, "du")) ||
      failed(check.positive(adaptor.getEps(), "eps")))
    return failure();
  types.push_back(floats(context, {images, channels}));
  types.push_back(channelSums(context, channels, adaptor.getPacked()));
  return success();
}

std::vector<HostTensor> GrnFactorGradOp::evaluate(ArrayRef<const HostTensor *> operands) {
  const HostTensor &x = *operands[0], &gamma = *operands[1], &du = *operands[2];
  int64_t channels = x.channels();
  HostTensor norms = mapNorms(x);
  HostTensor factor(du.shape), dgamma({channels});
  for (int64_t n = 0; n < x.extent(0); ++n) {
    double divisor = getEps(); // D
    for (int64_t c = 0; c < channels; ++c)
      divisor += norms.at({n, c}) / static_cast<double>(channels);
    double mean = 0; // of A*Nrm
    for (int64_t c = 0; c < channels; ++c) {
      double response = norms.at({n, c}) / divisor;
      mean += gamma[c] * du.at({n, c}) * response / static_cast<double>(channels);
      dgamma[c] += du.at({n, c}) * response;
    }
    for (int64_t c = 0; c < channels; ++c)
      if (norms.at({n, c}) > 0)
        factor.at({n, c}) = (gamma[c] * du.at({n, c}) - mean) / (divisor * norms.at({n, c}));
  }
  return {factor, getPacked() ? padVector(dgamma) : dgamma};
}

// An element of a map: square and sum. An image and channel: root of a map's; two sums, division;
// A, its product and sum with Nrm; product and sum of dgamma; difference, product, division.
int64_t GrnFactorGradOp::getFlops() {
  const int64_t norms =
      getInput().getType().getRank() == 2 ? 0 : 2 * getInput().getType().getNumElements();
  return norms + (norms ? 12 : 11) * getR().getType().getNumElements();
}

} // namespace cnx::ir
