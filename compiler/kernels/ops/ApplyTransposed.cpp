// apply_transposed: the sum of weight[n,k]*sums[n] over outputs n, and over taps, whose channel is
// k modulo the channels. Panels (n%16, k, n/16).
#include "compiler/kernels/ops/Ops.h"

namespace cnx {

using namespace Halide;

void buildApplyTransposed(Stages &s, const Node &node, const std::string &name) {
  const int weight = node.inputs[0], sums = node.inputs[1], width = static_cast<int>(kChannelPad);
  sumOverOutputs(s, name, node.outputs[0], weight, node.integer("channels"),
                 [&](const std::vector<Expr> &at) {
                   return s.at(weight, at) * s.vector(sums, at[2] * width + at[0]);
                 });
}

} // namespace cnx
