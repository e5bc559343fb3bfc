// dwconv_grad_weight: dw[c,0,u,v] = sum over pixels of dy[c]*x[i + u - k/2, j + v - k/2, c], zero
// outside. Packed, the result is taps (c, v, u); in PyTorch's order [C, 1, k, k] it is, as a map,
// of images c, columns u and channels v.
#include "compiler/kernels/ops/Ops.h"

namespace cnx {

using namespace Halide;

void buildDwconvGradWeight(Stages &s, const Node &node, const std::string &name) {
  int dy = node.inputs[0], input = node.inputs[1], result = node.outputs[0];
  int kernel = static_cast<int>(node.integer("kernel"));
  const bool packed = s.isPacked(result);
  const std::vector<int64_t> &shape = s.value(dy).shape;
  const int height = static_cast<int>(shape[1]), width = static_cast<int>(shape[2]);
  std::vector<Var> formal =
      packed ? std::vector<Var>{s.c, s.k, s.p} : std::vector<Var>{s.c, s.x, s.y, s.n};
  Expr channel = packed ? Expr(s.c) : Expr(s.n);
  Expr v = packed ? Expr(s.k) : Expr(s.c), u = packed ? Expr(s.p) : Expr(s.x);
  Func source = s.inner(name + ".in");
  source(s.c, s.x, s.y, s.n) = s.read(input, s.c, {s.x, s.y, s.n});
  Func padded = BoundaryConditions::constant_exterior(
      source, 0.f, {{Expr(), Expr()}, {0, width}, {Expr(), Expr()}, {Expr(), Expr()}});
  // As in the convolution: columns outside read zero, rows outside are left out.
  auto rowOf = [&](const Row &at) { return at[1] + u - kernel / 2; };
  auto inside = [&](const Row &at) { return rowOf(at) >= 0 && rowOf(at) < height; };
  auto product = [&](const Row &at) {
    Expr row = clamp(rowOf(at), 0, height - 1);
    return s.read(dy, channel, at) * padded(channel, at[0] + v - kernel / 2, row, at[2]);
  };
  // Of a single row, u alone says whether it is outside; as a condition of the sum that would make
  // the bounds of u vary.
  Func sum = height > 1 ? sumOverRows(s, name + ".sum", dy, formal, width, product, inside)
                        : sumOverRows(s, name + ".sum", dy, formal, width, [&](const Row &at) {
                            return select(inside(at), product(at), 0.f);
                          });
  s.define(name, result, [&](Expr c, const Row &row) {
    Expr value = sum(Stages::withChannel(c, row));
    return packed ? zeroBeyond(c, shape[3], value) : value;
  });
}

} // namespace cnx
