// adamw: a step of AdamW over blocks [B, 256], each of one parameter, with a rate and a decay each;
// or over one parameter. In the order of PyTorch: the parameter decays first, then the moments'
// step is taken.
#include "compiler/kernels/ops/Update.h"

namespace cnx {

using namespace Halide;

void buildAdamw(Stages &s, const Node &node, const std::string &name) {
  const UpdateScalars scalar{s, node.inputs[6]};
  s.defineTogether(name, node.outputs, [&](Expr c, const Row &row) {
    Expr rate = scalar[UpdateScalars::rate] * scalar.entry(node.inputs[4], row);
    Expr shrink = rate * scalar[UpdateScalars::decay] * scalar.entry(node.inputs[5], row);
    Expr g = s.read(node.inputs[1], c, row) * scalar[UpdateScalars::gradientFactor];
    Expr p = s.read(node.inputs[0], c, row), m = s.read(node.inputs[2], c, row);
    Expr v = s.read(node.inputs[3], c, row);
    m += scalar[UpdateScalars::oneMinusBeta1] * (g - m);
    v = scalar[UpdateScalars::beta2] * v + scalar[UpdateScalars::oneMinusBeta2] * (g * g);
    Expr step = rate / scalar[UpdateScalars::bias1];
    // The update is bound by memory as long as it divides once an element.
    Expr divisor = sqrt(v) * (1.f / scalar[UpdateScalars::rootBias2]) + scalar[UpdateScalars::eps];
    return std::vector<Expr>{p - p * shrink - step * m / divisor, m, v};
  });
}

} // namespace cnx
