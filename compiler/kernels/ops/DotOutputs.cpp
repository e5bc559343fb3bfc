// dot_outputs: sum_k weight[n,k]*gradient[n,k] of panels (n%16, k, n/16), plus bias[n]*sums[n]
// where given: in a few sums side by side, number j over every k that is j modulo their number.
#include "compiler/kernels/ops/Ops.h"

namespace cnx {

using namespace Halide;

void buildDotOutputs(Stages &s, const Node &node, const std::string &name) {
  const int weight = node.inputs[0], gradient = node.inputs[1];
  const int bias = optionalOperand(node, 2), sums = optionalOperand(node, 3);
  const int depth = static_cast<int>(s.value(weight).shape.at(1));
  const int width = static_cast<int>(kChannelPad);
  requirePanels(s, weight, depth);
  requirePanels(s, gradient, depth);
  int parts = 4; // enough for the adders' latency
  while (depth > parts * kLongSum)
    parts *= 2;
  Var j("part");
  RDom step(0, (depth + parts - 1) / parts, "step");
  Expr k = step * parts + j;
  if (depth % parts)
    step.where(k < depth);
  const std::vector<Expr> at = {s.c, min(k, depth - 1), s.p};
  Func part = s.inner(name + ".parts");
  part(s.c, j, s.p) = 0.f;
  part(s.c, j, s.p) += s.at(weight, at) * s.at(gradient, at);
  s.define(name, node.outputs[0], [&](Expr c, const Row &) {
    Expr sum = part(c % width, 0, c / width);
    for (int i = 1; i < parts; ++i)
      sum += part(c % width, i, c / width);
    return bias < 0 ? sum : sum + s.vector(bias, c) * s.vector(sums, c);
  });
}

} // namespace cnx
