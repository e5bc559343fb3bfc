// linear_grad_weight: dw[n,k] = sum over rows of dy[n]*x[k]; the result's channel is k, its row n.
#include "compiler/kernels/ops/Ops.h"

namespace cnx {

using namespace Halide;

void buildLinearGradWeight(Stages &s, const Node &node, const std::string &name) {
  int dy = node.inputs[0], input = node.inputs[1];
  Var feature = s.rowVars(node.outputs[0])[0];
  Func sum = sumOverRows(s, name + ".sum", dy, {s.c, feature}, [&](const Row &row) {
    return s.read(dy, feature, row) * s.read(input, s.c, row);
  });
  s.define(name, node.outputs[0],
           [&](Expr c, const Row &row) { return sum(Stages::withChannel(c, row)); });
}

} // namespace cnx
