// dwconv_grad_input: the depthwise convolution of dy with its taps turned by half a circle; the
// taps are forward's, [k, k, Cp] as (c, v, u).
#include "compiler/kernels/ops/Ops.h"

namespace cnx {

using namespace Halide;

void buildDwconvGradInput(Stages &s, const Node &node, const std::string &name) {
  int dy = node.inputs[0], taps = node.inputs[1];
  int kernel = static_cast<int>(node.integer("kernel"));
  const std::vector<int64_t> &shape = s.value(dy).shape;
  const int height = static_cast<int>(shape[1]), width = static_cast<int>(shape[2]);
  RDom k(0, kernel, 0, kernel, "k");
  Expr row = s.y + kernel / 2 - k.y, column = s.x + kernel / 2 - k.x;
  k.where(row >= 0 && row < height);
  Expr value = s.read(dy, s.c, {clamp(column, 0, width - 1), clamp(row, 0, height - 1), s.n});
  Func acc = s.inner(name + ".acc");
  acc(s.c, s.x, s.y, s.n) = 0.f;
  acc(s.c, s.x, s.y, s.n) +=
      select(column >= 0 && column < width, value, 0.f) * s.at(taps, {s.c, k.x, k.y});
  s.define(name, node.outputs[0],
           [&](Expr c, const Row &at) { return acc(Stages::withChannel(c, at)); });
}

} // namespace cnx
