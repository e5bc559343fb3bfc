// image_norm: the 2-norm of the map of each image and channel.
#include "compiler/kernels/ops/Ops.h"

namespace cnx {

using namespace Halide;

void buildImageNorm(Stages &s, const Node &node, const std::string &name) {
  Func norm = mapNorms(s, name, node.inputs[0], s.rowVars(node.outputs[0])[0]);
  s.define(name, node.outputs[0],
           [&](Expr c, const Row &row) { return norm(Stages::withChannel(c, row)); });
}

Func mapNorms(Stages &s, const std::string &name, int input, const Var &image) {
  Func norm = s.inner(name + ".norm");
  if (s.value(input).shape.size() == 2) {
    norm(s.c, image) = s.read(input, s.c, {image});
    return norm;
  }
  Func squares =
      sumOverImage(s, name + ".squares", input, [](Expr value) { return value * value; });
  norm(s.c, image) = sqrt(squares(s.c, image));
  return norm;
}

} // namespace cnx
