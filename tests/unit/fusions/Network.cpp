#include "tests/unit/fusions/Network.h"

namespace cnx::test {

static int block(GraphBuilder &b, int x, int64_t channels, bool v2) {
  int h = b.gelu(b.linear(b.layerNorm(b.dwconv(x)), 4 * channels));
  if (v2)
    h = b.imageScale(h, b.grnFactor(h));
  return b.add(b.linear(h, channels), x);
}

KernelGraph inferenceGraph(const NetworkShape &shape) {
  GraphBuilder b;
  int image = b.input({shape.images, 3, shape.height, shape.width}, true);
  int x = b.affine(b.layerNorm(b.patchConv(b.relayout(image, "nhwc"), 4, shape.dims[0])));
  for (size_t stage = 0; stage < shape.dims.size(); ++stage) {
    if (stage)
      x = b.patchConv(b.layerNorm(x), 2, shape.dims[stage]);
    for (int64_t i = 0; i < shape.depths[stage]; ++i)
      x = block(b, x, shape.dims[stage], shape.v2);
  }
  b.output(b.linear(b.layerNorm(b.meanPool(x)), shape.classes), true);
  return b.graph;
}

} // namespace cnx::test
