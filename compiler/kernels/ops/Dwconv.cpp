// dwconv: depthwise k x k, stride 1, zero padding k/2; taps [k, k, Cp] as (c, v, u).
#include "compiler/kernels/ops/Ops.h"

namespace cnx {

using namespace Halide;

Func convolveDepthwise(Stages &s, const std::string &name, int input, int kernel, int padding,
                       const std::function<Expr(const Expr &, const Expr &)> &tap) {
  const std::vector<int64_t> &shape = s.value(input).shape;
  Func source = s.inner(name + ".in");
  source(s.c, s.x, s.y, s.n) = s.read(input, s.c, {s.x, s.y, s.n});
  // Columns outside read zero (loop partitioning takes the test out of the interior); rows outside
  // are left out of the sum, which shortens the loop over them.
  const int height = static_cast<int>(shape[1]), width = static_cast<int>(shape[2]);
  Func padded = BoundaryConditions::constant_exterior(
      source, 0.f, {{Expr(), Expr()}, {0, width}, {Expr(), Expr()}, {Expr(), Expr()}});
  RDom k(0, kernel, 0, kernel, "k");
  Expr sourceRow = s.y + k.y - padding;
  k.where(sourceRow >= 0 && sourceRow < height);
  Func acc = s.inner(name + ".acc");
  acc(s.c, s.x, s.y, s.n) = 0.f;
  acc(s.c, s.x, s.y, s.n) +=
      padded(s.c, s.x + k.x - padding, clamp(sourceRow, 0, height - 1), s.n) * tap(k.x, k.y);
  return acc;
}

void buildDwconv(Stages &s, const Node &node, const std::string &name) {
  int taps = node.inputs[1], bias = optionalOperand(node, 2);
  int kernel = static_cast<int>(node.integer("kernel"));
  Func acc = convolveDepthwise(s, name, node.inputs[0], kernel, kernel / 2,
                               [&](const Expr &v, const Expr &u) {
                                 return s.at(taps, {s.c, v, u});
                               });
  s.define(name, node.outputs[0], [&](Expr c, const Row &row) {
    Expr value = acc(Stages::withChannel(c, row));
    return bias < 0 ? value : value + s.vector(bias, c);
  });
}

} // namespace cnx
