// affine: x*g + b along the channels. Pad lanes: g and b are zero there, so zero.
#include "compiler/kernels/ops/Ops.h"

namespace cnx {

void buildAffine(Stages &s, const Node &node, const std::string &name) {
  s.define(name, node.outputs[0], [&](Halide::Expr c, const Row &row) {
    return s.read(node.inputs[0], c, row) * s.vector(node.inputs[1], c) +
           s.vector(node.inputs[2], c);
  });
}

} // namespace cnx
