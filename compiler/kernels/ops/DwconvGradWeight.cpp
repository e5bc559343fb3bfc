// dwconv_grad_weight: dw[c,0,u,v] = sum over pixels of dy[c]*x[i + u - k/2, j + v - k/2, c], zero
// outside; as a map the result [C, 1, k, k] has c for its images, u for its columns and v for its
// channels.
#include "compiler/kernels/ops/Ops.h"

namespace cnx {

using namespace Halide;

void buildDwconvGradWeight(Stages &s, const Node &node, const std::string &name) {
  int dy = node.inputs[0], input = node.inputs[1];
  int kernel = static_cast<int>(node.integer("kernel"));
  const std::vector<int64_t> &shape = s.value(dy).shape;
  const int height = static_cast<int>(shape[1]), width = static_cast<int>(shape[2]);
  Func sum = sumOverRows(s, name + ".sum", dy, {s.c, s.x, s.y, s.n}, [&](const Row &at) {
    Expr row = at[1] + s.x - kernel / 2, column = at[0] + s.c - kernel / 2;
    Expr inside = row >= 0 && row < height && column >= 0 && column < width;
    Expr value =
        s.read(input, s.n, {clamp(column, 0, width - 1), clamp(row, 0, height - 1), at[2]});
    return s.read(dy, s.n, at) * select(inside, value, 0.f);
  });
  s.define(name, node.outputs[0],
           [&](Expr c, const Row &row) { return sum(Stages::withChannel(c, row)); });
}

} // namespace cnx
