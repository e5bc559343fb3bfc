// dwconv_grad_input: the depthwise convolution of dy with its taps turned by half a circle; the
// taps are forward's, [k, k, Cp] as (c, v, u).
#include "compiler/kernels/ops/Ops.h"

namespace cnx {

using namespace Halide;

void buildDwconvGradInput(Stages &s, const Node &node, const std::string &name) {
  int kernel = static_cast<int>(node.integer("kernel"));
  Func acc = convolveDepthwise(s, name, node.inputs[0], kernel, kernel - 1 - kernel / 2,
                               [&](const Expr &v, const Expr &u) {
                                 return s.at(node.inputs[1], {s.c, kernel - 1 - v, kernel - 1 - u});
                               });
  s.define(name, node.outputs[0],
           [&](Expr c, const Row &at) { return acc(Stages::withChannel(c, at)); });
}

} // namespace cnx
