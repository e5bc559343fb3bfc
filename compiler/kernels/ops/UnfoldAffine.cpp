// unfold_affine: gradient[n,k]*gain[k] + sums[n]*bias[k] on panels (n%16, k, n/16); gain and bias
// are of input channels and repeat over a kernel's taps. Padding stays zero: that of the gradient
// and of the sums is.
#include "compiler/kernels/ops/Ops.h"

namespace cnx {

using namespace Halide;

Expr inputChannel(const Expr &k, int64_t depth, int64_t channels) {
  return depth == channels ? k : k % static_cast<int>(channels);
}

void buildUnfoldAffine(Stages &s, const Node &node, const std::string &name) {
  const int gradient = node.inputs[0], gain = node.inputs[1], sums = node.inputs[2],
            bias = node.inputs[3], width = static_cast<int>(kChannelPad);
  const int64_t depth = s.value(gradient).shape.at(1);
  requirePanels(s, gradient, depth);
  s.define(name, node.outputs[0], [&](Expr c, const Row &row) {
    const Expr channel = inputChannel(row[0], depth, node.integer("channels"));
    return s.at(gradient, Stages::withChannel(c, row)) * s.vector(gain, channel) +
           s.vector(sums, row[1] * width + c) * s.vector(bias, channel);
  });
}

} // namespace cnx
