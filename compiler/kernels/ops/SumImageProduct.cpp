// sum_image_product: the sum of a*b over the rows of each image, in row order.
#include "compiler/kernels/ops/Ops.h"

namespace cnx {

using namespace Halide;

void buildSumImageProduct(Stages &s, const Node &node, const std::string &name) {
  int a = node.inputs[0], b = node.inputs[1];
  Func sum = sumOverImageRows(s, name + ".sum", a, [&](const Row &row) {
    return s.read(a, s.c, row) * s.read(b, s.c, row);
  });
  s.define(name, node.outputs[0],
           [&](Expr c, const Row &row) { return sum(Stages::withChannel(c, row)); });
}

} // namespace cnx
