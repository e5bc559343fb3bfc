// layer_norm: xhat = (x - mean)*rstd over exactly C channels, two passes (mean, then centred
// squares), eps inside the root. Pad lanes of xhat are finite, not zero: what follows multiplies
// them by zero weights or leaves them out.
#include "compiler/kernels/ops/Ops.h"

namespace cnx {

using namespace Halide;

void buildLayerNorm(Stages &s, const Node &node, const std::string &name) {
  int input = node.inputs[0];
  int64_t channels = s.value(input).shape.back();
  float part = static_cast<float>(1.0 / static_cast<double>(channels));
  std::vector<Var> rows = s.rowVars(input);
  Row at(rows.begin(), rows.end());
  Func total = s.sumChannels(name + ".mean", channels, rows,
                             [&](Expr channel) { return s.read(input, channel, at); });
  Func squares = s.sumChannels(name + ".var", channels, rows, [&](Expr channel) {
    Expr centred = s.read(input, channel, at) - total(at) * part;
    return centred * centred;
  });
  auto inverse = [&](const Row &row) {
    return 1.f / sqrt(squares(row) * part + s.epsilon(node, 1));
  };
  Func rstd;
  if (node.outputs.size() > 1 && node.outputs[1] >= 0) {
    rstd = s.defineStatistic(name + ".rstd", node.outputs[1], inverse);
  } else {
    rstd = s.inner(name + ".rstd");
    rstd(rows) = inverse(at);
  }
  s.define(name, node.outputs[0], [&](Expr c, const Row &row) {
    return (s.read(input, c, row) - total(row) * part) * rstd(row);
  });
}

} // namespace cnx
