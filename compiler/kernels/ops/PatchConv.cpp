// patch_conv: kernel = stride, no padding; a matrix product over K = k*k*Ci against panels [P, K,
// 16] whose K index is (u*k + v)*Ci + c. Trailing rows and columns that fill no window are never
// read.
#include "compiler/Error.h"
#include "compiler/kernels/ops/Ops.h"

namespace cnx {

using namespace Halide;

void buildPatchConv(Stages &s, const Node &node, const std::string &name) {
  int input = node.inputs[0], panels = node.inputs[1], bias = optionalOperand(node, 2);
  int kernel = static_cast<int>(node.integer("kernel"));
  int channels = static_cast<int>(s.value(input).shape.back());
  int width = static_cast<int>(s.value(node.outputs[0]).shape[2]);
  requirePanels(s, panels, int64_t(kernel) * kernel * channels);
  RDom k(0, channels, 0, kernel, 0, kernel, "k");
  Func acc = s.inner(name + ".acc");
  s.notePanels(name + ".acc", panels, int64_t(kernel) * kernel);
  const PanelReader weight = readPanels(s, name, panels);
  acc(s.c, s.x, s.y, s.n) = 0.f;
  Expr column = min(s.x, width - 1) * kernel + k.y; // see Stages::readRepeatingRows
  acc(s.c, s.x, s.y, s.n) += s.read(input, k.x, {column, s.y * kernel + k.z, s.n}) *
                             weight(s.c, (k.z * kernel + k.y) * channels + k.x);
  s.define(name, node.outputs[0], [&](Expr c, const Row &row) {
    Expr value = acc(Stages::withChannel(c, row));
    return bias < 0 ? value : value + s.vector(bias, c);
  });
}

} // namespace cnx
