// mean_pool: the mean over a whole map, one row after the other.
#include "compiler/kernels/ops/Ops.h"

namespace cnx {

using namespace Halide;

void buildMeanPool(Stages &s, const Node &node, const std::string &name) {
  int input = node.inputs[0];
  Func sum = sumOverImage(s, name + ".sum", input, [](Expr value) { return value; });
  float part = static_cast<float>(1.0 / static_cast<double>(s.rowsPerImage(input)));
  s.define(name, node.outputs[0],
           [&](Expr c, const Row &row) { return sum(Stages::withChannel(c, row)) * part; });
}

// sum(c, n) over the rows of image n, in row order.
Func sumOverImageRows(Stages &s, const std::string &role, int input,
                      const std::function<Expr(const Row &)> &term) {
  const std::vector<int64_t> &shape = s.value(input).shape;
  int height = static_cast<int>(shape[1]), width = static_cast<int>(shape[2]);
  Func sum = s.inner(role);
  if (s.spatial()) {
    RDom k(0, width, 0, height, "k");
    sum(s.c, s.n) = 0.f;
    sum(s.c, s.n) += term({k.x, k.y, s.n});
  } else {
    RDom k(0, height * width, "k");
    sum(s.c, s.m) = 0.f;
    sum(s.c, s.m) += term({s.m * (height * width) + k});
  }
  return sum;
}

Func sumOverImage(Stages &s, const std::string &role, int input,
                  const std::function<Expr(Expr)> &term) {
  return sumOverImageRows(s, role, input,
                          [&](const Row &row) { return term(s.read(input, s.c, row)); });
}

} // namespace cnx
