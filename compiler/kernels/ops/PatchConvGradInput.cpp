// patch_conv_grad_input: pixel (k*i + u, k*j + v) is in one window, (i, j), or in none; the weight
// in PyTorch's order [Co, Ci, k, k].
#include "compiler/kernels/ops/Ops.h"

namespace cnx {

using namespace Halide;

void buildPatchConvGradInput(Stages &s, const Node &node, const std::string &name) {
  int dy = node.inputs[0], weight = node.inputs[1];
  int kernel = static_cast<int>(node.integer("kernel"));
  const std::vector<int64_t> &shape = s.value(dy).shape;
  int height = static_cast<int>(shape[1]), width = static_cast<int>(shape[2]);
  int channels = static_cast<int>(s.value(node.outputs[0]).shape.back());
  RDom k(0, static_cast<int>(shape[3]), "k");
  Row window = {min(s.x / kernel, width - 1), min(s.y / kernel, height - 1), s.n};
  Func acc = s.inner(name + ".acc");
  acc(s.c, s.x, s.y, s.n) = 0.f;
  acc(s.c, s.x, s.y, s.n) +=
      s.read(dy, k, window) * s.at(weight, {s.x % kernel, s.y % kernel, min(s.c, channels - 1), k});
  s.define(name, node.outputs[0], [&](Expr c, const Row &row) {
    Expr inside = row[0] < width * kernel && row[1] < height * kernel;
    return select(inside, acc(Stages::withChannel(c, row)), 0.f);
  });
}

} // namespace cnx
