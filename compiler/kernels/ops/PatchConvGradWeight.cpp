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
  const int width = static_cast<int>(kChannelPad);
  const int channels = static_cast<int>(s.value(input).shape.back());
  Expr column = min(s.k, kernel * kernel * channels - 1);
  Expr tap = column / channels, channel = column % channels;
  Func sum =
      sumOverRows(s, name + ".sum", dy, {s.c, s.k, s.p}, productChunk(s, dy), [&](const Row &row) {
        return s.read(dy, s.p * width + s.c, row) *
               s.read(input, channel,
                      {row[0] * kernel + tap % kernel, row[1] * kernel + tap / kernel, row[2]});
      });
  s.define(name, result, [&](Expr c, const Row &row) {
    return zeroBeyond(row[1] * width + c, s.value(dy).shape.back(),
                      sum(Stages::withChannel(c, row)));
  });
}

} // namespace cnx
