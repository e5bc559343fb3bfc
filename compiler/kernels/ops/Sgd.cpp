// sgd: a step of gradient descent with momentum over blocks [B, 256], each of one parameter, with a
// rate and a decay each; or over one parameter.
#include "compiler/kernels/ops/Update.h"

namespace cnx {

using namespace Halide;

void buildSgd(Stages &s, const Node &node, const std::string &name) {
  const UpdateScalars scalar{s, node.inputs[5]};
  s.defineTogether(name, node.outputs, [&](Expr c, const Row &row) {
    Expr p = s.read(node.inputs[0], c, row);
    Expr shrink = scalar[UpdateScalars::decay] * scalar.entry(node.inputs[4], row);
    Expr g = s.read(node.inputs[1], c, row) * scalar[UpdateScalars::gradientFactor] + shrink * p;
    Expr m = scalar[UpdateScalars::momentum] * s.read(node.inputs[2], c, row) + g;
    return std::vector<Expr>{
        p - scalar[UpdateScalars::rate] * scalar.entry(node.inputs[3], row) * m, m};
  });
}

} // namespace cnx
