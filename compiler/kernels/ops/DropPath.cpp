// drop_path: x*factor[n], the factor drawn outside (0 or 1/(1-p)); rate and site are of no concern
// here.
#include "compiler/kernels/ops/Ops.h"

namespace cnx {

void buildDropPath(Stages &s, const Node &node, const std::string &name) {
  s.define(name, node.outputs[0], [&](Halide::Expr c, const Row &row) {
    return s.read(node.inputs[0], c, row) * s.at(node.inputs[1], {s.imageOf(node.inputs[0], row)});
  });
}

} // namespace cnx
