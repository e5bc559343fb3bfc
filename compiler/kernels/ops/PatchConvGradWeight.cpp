// patch_conv_grad_weight: dw[o,c,u,v] = sum over windows of dy[o]*x[k*i + u, k*j + v, c]. Packed,
// the result is panels (o%16, (u*k + v)*Ci + c, o/16); in PyTorch's order [Co, Ci, k, k] it is, as
// a map, of images o, rows c, columns u and channels v.
#include "compiler/kernels/ops/Ops.h"

namespace cnx {

using namespace Halide;

void buildPatchConvGradWeight(Stages &s, const Node &node, const std::string &name) {
  int dy = node.inputs[0], input = node.inputs[1], result = node.outputs[0];
  int kernel = static_cast<int>(node.integer("kernel"));
  if (!s.isPacked(result)) {
    Expr v = min(s.c, kernel - 1); // pad lanes repeat the last tap
    Func sum =
        sumOverRows(s, name + ".sum", dy, {s.c, s.x, s.y, s.n}, kLongSum, [&](const Row &row) {
          return s.read(dy, s.n, row) *
                 s.read(input, s.y, {row[0] * kernel + v, row[1] * kernel + s.x, row[2]});
        });
    s.define(name, result,
             [&](Expr c, const Row &row) { return sum(Stages::withChannel(c, row)); });
    return;
  }
  const int channels = static_cast<int>(s.value(input).shape.back()), width = s.stripWidth();
  const int64_t depth = static_cast<int64_t>(kernel) * kernel * channels;
  sumProducts(s, name, result, dy, [&](const Expr &strip, const Expr &inStrip, const Row &row) {
    Expr column = columnOf(s, strip, inStrip, depth);
    Expr tap = column / channels, channel = column % channels;
    if (channels % width == 0) { // no strip crosses a tap
      const int strips = channels / width;
      tap = strip / strips;
      channel = strip % strips * width + inStrip;
    }
    return s.read(input, channel,
                  {row[0] * kernel + tap % kernel, row[1] * kernel + tap / kernel, row[2]});
  });
}

} // namespace cnx
