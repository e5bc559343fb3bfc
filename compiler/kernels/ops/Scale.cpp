// scale: x*gamma along the channels (layer scale).
#include "compiler/kernels/ops/Ops.h"

namespace cnx {

void buildScale(Stages &s, const Node &node, const std::string &name) {
  s.define(name, node.outputs[0], [&](Halide::Expr c, const Row &row) {
    return s.read(node.inputs[0], c, row) * s.vector(node.inputs[1], c);
  });
}

} // namespace cnx
