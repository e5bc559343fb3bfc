// dot_inputs: the sum of weight[n,k]*gradient[n,k] over outputs n, and over taps, whose channel is
// k modulo the channels. Panels (n%16, k, n/16).
#include "compiler/kernels/ops/Ops.h"

namespace cnx {

using namespace Halide;

void sumOverOutputs(Stages &s, const std::string &name, int result, int weight, int64_t channels,
                    const std::function<Expr(const std::vector<Expr> &at)> &term) {
  const std::vector<int64_t> &shape = s.value(weight).shape;
  requirePanels(s, weight, shape.at(1));
  const int width = static_cast<int>(kChannelPad), inputs = static_cast<int>(channels);
  const int taps = static_cast<int>(shape[1] / channels);
  // Lane, then panel, then tap make one index, in 16 fixed lanes.
  Func sum = s.sumChannels(name + ".sum", shape[0] * taps * width, {s.c}, [&](Expr index) {
    const Expr block = index / width, tap = taps == 1 ? Expr(0) : block % taps;
    const Expr k = tap * inputs + min(s.c, inputs - 1);
    return term({index % width, k, taps == 1 ? block : block / taps});
  });
  s.define(name, result, [&](Expr c, const Row &) { return zeroBeyond(c, channels, sum(c)); });
}

void buildDotInputs(Stages &s, const Node &node, const std::string &name) {
  const int weight = node.inputs[0], gradient = node.inputs[1];
  requirePanels(s, gradient, s.value(weight).shape.at(1));
  sumOverOutputs(
      s, name, node.outputs[0], weight, node.integer("channels"),
      [&](const std::vector<Expr> &at) { return s.at(weight, at) * s.at(gradient, at); });
}

} // namespace cnx
