#include "tests/unit/fusions/Network.h"

namespace cnx::test {

int addNorm(GraphBuilder &b, int x, bool training, bool affineStays) {
  int rstd = -1;
  const int xhat = b.layerNorm(x, 1e-6, training ? &rstd : nullptr);
  if (training) {
    b.output(xhat);
    b.output(rstd);
  }
  return training || affineStays ? b.affine(xhat) : xhat;
}

namespace {

struct Network {
  const NetworkShape &shape;
  bool training;
  GraphBuilder b{};

  int norm(int x, bool affineStays = false) { return addNorm(b, x, training, affineStays); }

  int block(int x, int64_t channels) {
    int h = b.linear(norm(b.dwconv(x)), 4 * channels);
    if (training)
      b.output(h);
    h = b.gelu(h);
    if (shape.v2) {
      h = b.imageScale(h, b.grnFactor(h));
      if (training)
        h = b.channelBias(h);
    }
    int y = b.linear(h, channels);
    if (training && !shape.v2)
      y = b.scale(y);
    return b.add(training ? b.dropPath(y) : y, x);
  }

  KernelGraph build() {
    int x = b.relayout(b.input({shape.images, 3, shape.height, shape.width}, true), "nhwc");
    if (training) // the image's mean and standard deviation
      x = b.affine(x);
    x = norm(b.patchConv(x, 4, shape.dims[0]), true);
    for (size_t stage = 0; stage < shape.dims.size(); ++stage) {
      if (stage)
        x = b.patchConv(norm(x), 2, shape.dims[stage]);
      for (int64_t i = 0; i < shape.depths[stage]; ++i)
        x = block(x, shape.dims[stage]);
    }
    b.output(b.linear(norm(b.meanPool(x)), shape.classes), true);
    return b.graph;
  }
};

} // namespace

KernelGraph inferenceGraph(const NetworkShape &shape) { return Network{shape, false}.build(); }
KernelGraph trainingGraph(const NetworkShape &shape) { return Network{shape, true}.build(); }

} // namespace cnx::test
