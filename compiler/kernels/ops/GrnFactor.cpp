// grn_factor: u[n,c] = 1 + gamma[c]*G/(mean_c(G) + eps), G[n,c] the 2-norm of the map of image n
// and channel c. The input is the maps, or G [N,C] itself.
#include "compiler/kernels/ops/Ops.h"

namespace cnx {

using namespace Halide;

void buildGrnFactor(Stages &s, const Node &node, const std::string &name) {
  int input = node.inputs[0], gamma = node.inputs[1];
  int64_t channels = s.value(input).shape.back();
  float part = static_cast<float>(1.0 / static_cast<double>(channels));
  std::vector<Var> rows = s.rowVars(node.outputs[0]);
  Row at(rows.begin(), rows.end());
  Func norm = mapNorms(s, name, input, rows[0]);
  Func total = s.sumChannels(name + ".mean", channels, rows,
                             [&](Expr channel) { return norm(Stages::withChannel(channel, at)); });
  s.define(name, node.outputs[0], [&](Expr c, const Row &row) {
    Expr relative = norm(Stages::withChannel(c, row)) / (total(row) * part + s.epsilon(node, 2));
    return 1.f + s.vector(gamma, c) * relative;
  });
}

} // namespace cnx
