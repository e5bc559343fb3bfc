// mean_pool_grad: every pixel gets its share of the image's cotangent.
#include "compiler/kernels/ops/Ops.h"

namespace cnx {

using namespace Halide;

void buildMeanPoolGrad(Stages &s, const Node &node, const std::string &name) {
  int result = node.outputs[0];
  float part = static_cast<float>(1.0 / static_cast<double>(s.rowsPerImage(result)));
  s.define(name, result, [&](Expr c, const Row &row) {
    return s.read(node.inputs[0], c, {s.imageOf(result, row)}) * part;
  });
}

} // namespace cnx
