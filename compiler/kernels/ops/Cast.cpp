// cast: uint8 to float32.
#include "compiler/kernels/ops/Ops.h"

namespace cnx {

void buildCast(Stages &s, const Node &node, const std::string &name) {
  s.define(name, node.outputs[0], [&](Halide::Expr c, const Row &row) {
    return Halide::cast<float>(s.read(node.inputs[0], c, row));
  });
}

} // namespace cnx
