// patch_conv_grad_weight: dw[o,c,u,v] = sum over windows of dy[o]*x[k*i + u, k*j + v, c]; as a map
// the result [Co, Ci, k, k] has o for its images, c for its rows, u for its columns and v for its
// channels.
#include "compiler/kernels/ops/Ops.h"

namespace cnx {

using namespace Halide;

void buildPatchConvGradWeight(Stages &s, const Node &node, const std::string &name) {
  int dy = node.inputs[0], input = node.inputs[1];
  int kernel = static_cast<int>(node.integer("kernel"));
  Expr v = min(s.c, kernel - 1); // pad lanes repeat the last tap
  Func sum = sumOverRows(s, name + ".sum", dy, {s.c, s.x, s.y, s.n}, [&](const Row &row) {
    return s.read(dy, s.n, row) *
           s.read(input, s.y, {row[0] * kernel + v, row[1] * kernel + s.x, row[2]});
  });
  s.define(name, node.outputs[0],
           [&](Expr c, const Row &row) { return sum(Stages::withChannel(c, row)); });
}

} // namespace cnx
