// block_squares: the sum of squares of each block of 256, in 16 lanes and then over these.
#include "compiler/kernels/ops/Ops.h"

namespace cnx {

using namespace Halide;

void buildBlockSquares(Stages &s, const Node &node, const std::string &name) {
  const int input = node.inputs[0];
  std::vector<Var> rows = s.rowVars(input);
  Row at(rows.begin(), rows.end());
  Func sum = s.sumChannels(name + ".sum", s.value(input).shape.back(), rows, [&](Expr channel) {
    Expr value = s.read(input, channel, at);
    return value * value;
  });
  s.defineStatistic(name, node.outputs[0], [&](const Row &row) { return sum(row); });
}

} // namespace cnx
