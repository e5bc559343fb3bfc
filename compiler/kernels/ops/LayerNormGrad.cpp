// layer_norm_grad: rstd*(g - mean(g) - xhat*mean(g*xhat)), means over exactly C channels.
#include "compiler/kernels/ops/Ops.h"

namespace cnx {

using namespace Halide;

void buildLayerNormGrad(Stages &s, const Node &node, const std::string &name) {
  int gradient = node.inputs[0], xhat = node.inputs[1], rstd = node.inputs[2];
  int64_t channels = s.value(gradient).shape.back();
  float part = static_cast<float>(1.0 / static_cast<double>(channels));
  std::vector<Var> rows = s.rowVars(gradient);
  Row at(rows.begin(), rows.end());
  Func mean = s.sumChannels(name + ".mean", channels, rows,
                            [&](Expr channel) { return s.read(gradient, channel, at); });
  Func projection = s.sumChannels(name + ".projection", channels, rows, [&](Expr channel) {
    return s.read(gradient, channel, at) * s.read(xhat, channel, at);
  });
  s.define(name, node.outputs[0], [&](Expr c, const Row &row) {
    Expr centred = s.read(gradient, c, row) - mean(row) * part;
    return (centred - s.read(xhat, c, row) * (projection(row) * part)) * s.at(rstd, row);
  });
}

} // namespace cnx
