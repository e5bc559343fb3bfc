// channel_bias: x + b along the channels.
#include "compiler/kernels/ops/Ops.h"

namespace cnx {

void buildChannelBias(Stages &s, const Node &node, const std::string &name) {
  s.define(name, node.outputs[0], [&](Halide::Expr c, const Row &row) {
    return s.read(node.inputs[0], c, row) + s.vector(node.inputs[1], c);
  });
}

} // namespace cnx
