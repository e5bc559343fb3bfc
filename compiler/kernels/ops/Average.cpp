// average: ema + (1 - decay)*(param - ema) over blocks [B, 256].
#include "compiler/kernels/ops/Update.h"

namespace cnx {

using namespace Halide;

void buildAverage(Stages &s, const Node &node, const std::string &name) {
  const UpdateScalars scalar{s, node.inputs[2]};
  s.define(name, node.outputs[0], [&](Expr c, const Row &row) {
    Expr ema = s.read(node.inputs[0], c, row);
    return ema + scalar[UpdateScalars::oneMinusEma] * (s.read(node.inputs[1], c, row) - ema);
  });
}

} // namespace cnx
