// dwconv: depthwise k x k, stride 1, zero padding k/2; taps [k, k, Cp] as (c, v, u).
#include "compiler/kernels/ops/Ops.h"

namespace cnx {

using namespace Halide;

void buildDwconv(Stages &s, const Node &node, const std::string &name) {
  int input = node.inputs[0], taps = node.inputs[1], bias = optionalOperand(node, 2);
  int kernel = static_cast<int>(node.integer("kernel"));
  const std::vector<int64_t> &shape = s.value(input).shape;
  Func source = s.inner(name + ".in");
  source(s.c, s.x, s.y, s.n) = s.read(input, s.c, {s.x, s.y, s.n});
  // Loop partitioning takes the tests out of the interior.
  Func padded = BoundaryConditions::constant_exterior(source, 0.f,
                                                      {{Expr(), Expr()},
                                                       {0, static_cast<int>(shape[2])},
                                                       {0, static_cast<int>(shape[1])},
                                                       {Expr(), Expr()}});
  RDom k(0, kernel, 0, kernel, "k");
  Func acc = s.inner(name + ".acc");
  acc(s.c, s.x, s.y, s.n) = 0.f;
  acc(s.c, s.x, s.y, s.n) += padded(s.c, s.x + k.x - kernel / 2, s.y + k.y - kernel / 2, s.n) *
                             s.at(taps, {s.c, k.x, k.y});
  s.define(name, node.outputs[0], [&](Expr c, const Row &row) {
    Expr value = acc(Stages::withChannel(c, row));
    return bias < 0 ? value : value + s.vector(bias, c);
  });
}

} // namespace cnx
