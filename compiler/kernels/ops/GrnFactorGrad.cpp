// grn_factor_grad: with G the norms of the maps, D = mean_c(G) + eps, Nrm = G/D and A = gamma*du:
// r = (A - mean_c(A*Nrm))/(D*G), 0 where G is 0; dgamma = sum_n du*Nrm. The input is the maps, or
// their norms [N,C].
#include "compiler/kernels/ops/Ops.h"

namespace cnx {

using namespace Halide;

void buildGrnFactorGrad(Stages &s, const Node &node, const std::string &name) {
  int input = node.inputs[0], gamma = node.inputs[1], du = node.inputs[2];
  int64_t channels = s.value(input).shape.back();
  float part = static_cast<float>(1.0 / static_cast<double>(channels));
  std::vector<Var> rows = s.rowVars(du);
  Row at(rows.begin(), rows.end());
  Func norm = mapNorms(s, name, input, rows[0]);
  Func total = s.sumChannels(name + ".mean", channels, rows,
                             [&](Expr channel) { return norm(Stages::withChannel(channel, at)); });
  auto divisor = [&](const Row &row) { return total(row) * part + s.epsilon(node, 3); };
  auto scaled = [&](const Expr &c, const Row &row) {
    return s.vector(gamma, c) * s.read(du, c, row);
  };
  if (node.outputs[0] >= 0) {
    Func projection = s.sumChannels(name + ".projection", channels, rows, [&](Expr channel) {
      return scaled(channel, at) * norm(Stages::withChannel(channel, at));
    });
    s.define(name, node.outputs[0], [&](Expr c, const Row &row) {
      Expr length = norm(Stages::withChannel(c, row));
      Expr share = projection(row) * part / divisor(row);
      return select(length > 0.f, (scaled(c, row) - share) / (divisor(row) * length), 0.f);
    });
  }
  if (node.outputs.size() > 1 && node.outputs[1] >= 0) {
    Func sum = sumOverRows(s, name + ".sum", du, {s.c}, kLongSum, [&](const Row &row) {
      return s.read(du, s.c, row) * norm(Stages::withChannel(s.c, row)) / divisor(row);
    });
    s.define(name + ".dgamma", node.outputs[1],
             [&](Expr c, const Row &) { return zeroBeyond(c, channels, sum(c)); });
  }
}

} // namespace cnx
