// linear_grad_weight: dw[n,k] = sum over rows of dy[n]*x[k]. Packed, the result is panels (n%16, k,
// n/16); in PyTorch's order its channel is k and its row n.
#include "compiler/kernels/ops/Ops.h"

namespace cnx {

using namespace Halide;

void buildLinearGradWeight(Stages &s, const Node &node, const std::string &name) {
  int dy = node.inputs[0], input = node.inputs[1], result = node.outputs[0];
  if (!s.isPacked(result)) {
    Var feature = s.rowVars(result)[0];
    Func sum = sumOverRows(s, name + ".sum", dy, {s.c, feature}, kLongSum, [&](const Row &row) {
      return s.read(dy, feature, row) * s.read(input, s.c, row);
    });
    s.define(name, result,
             [&](Expr c, const Row &row) { return sum(Stages::withChannel(c, row)); });
    return;
  }
  const int64_t depth = s.value(input).shape.back();
  sumProducts(s, name, result, dy, [&](const Expr &strip, const Expr &inStrip, const Row &row) {
    return s.read(input, columnOf(s, strip, inStrip, depth), row);
  });
}

Expr zeroBeyond(const Expr &index, int64_t extent, const Expr &value) {
  if (extent % kChannelPad == 0)
    return value;
  return select(index < static_cast<int>(extent), value, 0.f);
}

} // namespace cnx
