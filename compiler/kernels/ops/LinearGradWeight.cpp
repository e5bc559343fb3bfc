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
  const int width = static_cast<int>(kChannelPad);
  const Expr depth = static_cast<int>(s.value(input).shape.back());
  Func sum =
      sumOverRows(s, name + ".sum", dy, {s.c, s.k, s.p}, productChunk(s, dy), [&](const Row &row) {
        return s.read(dy, s.p * width + s.c, row) * s.read(input, min(s.k, depth - 1), row);
      });
  s.define(name, result, [&](Expr c, const Row &row) {
    return zeroBeyond(row[1] * width + c, s.value(dy).shape.back(),
                      sum(Stages::withChannel(c, row)));
  });
}

int productChunk(const Stages &s, int value) {
  const std::vector<int64_t> &shape = s.value(value).shape;
  int64_t rows = 1;
  for (size_t i = 0; i + 1 < shape.size(); ++i)
    rows *= shape[i];
  return rows <= 400 ? 400 : 256;
}

Expr zeroBeyond(const Expr &index, int64_t extent, const Expr &value) {
  if (extent % kChannelPad == 0)
    return value;
  return select(index < static_cast<int>(extent), value, 0.f);
}

} // namespace cnx
