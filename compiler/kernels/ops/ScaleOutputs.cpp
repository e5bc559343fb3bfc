// scale_outputs: panels (n%16, k, n/16) or a vector times a gain an output. Padding stays zero: the
// gain's is zero.
#include "compiler/kernels/ops/Ops.h"

namespace cnx {

using namespace Halide;

void buildScaleOutputs(Stages &s, const Node &node, const std::string &name) {
  const int weight = node.inputs[0], gain = node.inputs[1], width = static_cast<int>(kChannelPad);
  if (s.value(weight).shape.size() == 3)
    requirePanels(s, weight, s.value(weight).shape[1]);
  s.define(name, node.outputs[0], [&](Expr c, const Row &row) {
    const Expr output = row.empty() ? c : row[1] * width + c;
    return s.at(weight, Stages::withChannel(c, row)) * s.vector(gain, output);
  });
}

} // namespace cnx
