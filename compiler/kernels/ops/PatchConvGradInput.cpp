// patch_conv_grad_input: pixel (k*i + u, k*j + v) is in one window, (i, j), or in none. By panels
// [ceil(k*k*Ci/16), Co, 16] of the transposed weight it is a matrix product whose row is a window
// and whose column (u*k + v)*Ci + c (stages .acc, .windows); by the weight in PyTorch's order [Co,
// Ci, k, k] a sum a pixel.
#include "compiler/kernels/ops/Ops.h"

namespace cnx {

using namespace Halide;

// The product of all windows of a row: a function of (column, x, y, n).
static Func windowProduct(Stages &s, int dy, int panels, const std::string &name) {
  const std::vector<int64_t> &shape = s.value(dy).shape;
  requirePanels(s, panels, shape[3]);
  RDom k(0, static_cast<int>(shape[3]), "k");
  Func acc = s.inner(name + ".acc"), windows = s.inner(name + ".windows");
  s.notePanels(name + ".acc", panels, 1);
  acc(s.c, s.x, s.y, s.n) = 0.f;
  acc(s.c, s.x, s.y, s.n) +=
      s.readRepeatingRows(dy, k, {s.x, s.y, s.n}) * panelElement(s, panels, s.c, k);
  windows(s.c, s.x, s.y, s.n) = acc(s.c, s.x, s.y, s.n);
  return windows;
}

void buildPatchConvGradInput(Stages &s, const Node &node, const std::string &name) {
  int dy = node.inputs[0], weight = node.inputs[1];
  int kernel = static_cast<int>(node.integer("kernel"));
  const std::vector<int64_t> &shape = s.value(dy).shape;
  int height = static_cast<int>(shape[1]), width = static_cast<int>(shape[2]);
  int channels = static_cast<int>(s.value(node.outputs[0]).shape.back());
  auto inside = [&](const Row &row) { return row[0] < width * kernel && row[1] < height * kernel; };
  auto window = [&](const Expr &x, const Expr &y) {
    return std::pair<Expr, Expr>{min(x / kernel, width - 1), min(y / kernel, height - 1)};
  };
  if (s.isPacked(weight) && s.value(weight).shape.size() == 3) {
    Func windows = windowProduct(s, dy, weight, name);
    s.define(name, node.outputs[0], [&](Expr c, const Row &row) {
      auto [column, line] = window(row[0], row[1]);
      Expr tap = (row[1] % kernel) * kernel + row[0] % kernel;
      Expr value = windows(tap * channels + min(c, channels - 1), column, line, row[2]);
      return select(inside(row), value, 0.f);
    });
    return;
  }
  RDom k(0, static_cast<int>(shape[3]), "k");
  auto [column, line] = window(s.x, s.y);
  Func acc = s.inner(name + ".acc");
  acc(s.c, s.x, s.y, s.n) = 0.f;
  acc(s.c, s.x, s.y, s.n) += s.read(dy, k, {column, line, s.n}) *
                             s.at(weight, {s.x % kernel, s.y % kernel, min(s.c, channels - 1), k});
  s.define(name, node.outputs[0], [&](Expr c, const Row &row) {
    return select(inside(row), acc(Stages::withChannel(c, row)), 0.f);
  });
}

} // namespace cnx
