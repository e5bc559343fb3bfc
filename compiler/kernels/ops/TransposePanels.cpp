// transpose_panels: panels (n%16, k, n/16) of a matrix [N, K] to panels (k%16, n, k/16) of its
// transpose, zero-padded in k. What stands in the padding of n is dropped.
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
  s.define(name, result, [&](Expr c, const Row &row) {
    Expr inner = row[1] * width + c;
    Expr value = s.at(source, {row[0] % width, min(inner, depth - 1), row[0] / width});
    return zeroBeyond(inner, depth, value);
  });
}

} // namespace cnx
