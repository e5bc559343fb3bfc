// image_scale: x[n,h,w,c]*u[n,c], the multiplicative half of GRN.
#include "compiler/kernels/ops/Ops.h"

namespace cnx {

void buildImageScale(Stages &s, const Node &node, const std::string &name) {
  s.define(name, node.outputs[0], [&](Halide::Expr c, const Row &row) {
    return s.read(node.inputs[0], c, row) *
           s.read(node.inputs[1], c, {s.imageOf(node.inputs[0], row)});
  });
}

} // namespace cnx
