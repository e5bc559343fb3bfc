// linear_grad_input: dx[k] = sum_n dy[n]*w[n,k], the weight in PyTorch's order [N, K].
#include "compiler/kernels/ops/Ops.h"

namespace cnx {

using namespace Halide;

void buildLinearGradInput(Stages &s, const Node &node, const std::string &name) {
  int dy = node.inputs[0], weight = node.inputs[1];
  RDom k(0, static_cast<int>(s.value(dy).shape.back()), "k");
  std::vector<Var> formal = s.rowVars(node.outputs[0]);
  Row rows(formal.begin(), formal.end());
  formal.insert(formal.begin(), s.c);
  Func acc = s.inner(name + ".acc");
  acc(formal) = 0.f;
  acc(formal) += s.read(dy, k, rows) * s.read(weight, s.c, {k});
  s.define(name, node.outputs[0],
           [&](Expr c, const Row &row) { return acc(Stages::withChannel(c, row)); });
}

} // namespace cnx
