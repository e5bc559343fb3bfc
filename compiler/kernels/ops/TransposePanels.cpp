// transpose_panels: panels (n%16, k, n/16) of a matrix [N, K] to panels (k%16, n, k/16) of its
// transpose, zero-padded in k. What stands in the padding of n is dropped. A gain of outputs n or
// of input channels, which k repeats over taps, is folded in.
#include "compiler/Error.h"
#include "compiler/kernels/ops/Ops.h"

namespace cnx {

using namespace Halide;

void buildTransposePanels(Stages &s, const Node &node, const std::string &name) {
  const int source = node.inputs[0], result = node.outputs[0];
  const std::vector<int64_t> &from = s.value(source).shape, &to = s.value(result).shape;
  if (from.size() != 3 || to.size() != 3 || to[1] != node.integer("features") ||
      from[0] * kChannelPad != padChannels(to[1]) || to[0] * kChannelPad != padChannels(from[1]))
    throw UserError("kernel graph: transpose_panels: found panels that are not each other's "
                    "transpose, expected [ceil(N/16), K, 16] and [ceil(K/16), N, 16]");
  const int width = static_cast<int>(kChannelPad);
  const int depth = static_cast<int>(from[1]);
  const int gain = optionalOperand(node, 1);
  const bool ofInputs = gain >= 0 && node.attributes.at("of") == AttributeValue("inputs");
  const int64_t channels = node.attributes.count("channels") ? node.integer("channels") : depth;
  s.define(name, result, [&](Expr c, const Row &row) {
    Expr inner = row[1] * width + c, k = min(inner, depth - 1);
    Expr value = s.at(source, {row[0] % width, k, row[0] / width});
    if (gain >= 0)
      value *= s.vector(gain, ofInputs ? inputChannel(k, depth, channels) : row[0]);
    return zeroBeyond(inner, depth, value);
  });
}

} // namespace cnx
