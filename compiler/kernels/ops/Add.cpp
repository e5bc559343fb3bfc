// add: a + b, the residual.
#include "compiler/kernels/ops/Ops.h"

namespace cnx {

void buildAdd(Stages &s, const Node &node, const std::string &name) {
  s.define(name, node.outputs[0], [&](Halide::Expr c, const Row &row) {
    return s.read(node.inputs[0], c, row) + s.read(node.inputs[1], c, row);
  });
}

} // namespace cnx
