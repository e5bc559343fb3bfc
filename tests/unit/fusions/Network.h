// Whole ConvNeXts as function graphs.
#pragma once

#include "tests/unit/kernels/GraphBuilder.h"

#include <vector>

namespace cnx::test {

struct NetworkShape {
  std::vector<int64_t> depths = {3, 3, 9, 3};
  std::vector<int64_t> dims = {96, 192, 384, 768};
  int64_t images = 1, height = 224, width = 224, classes = 1000;
  bool v2 = false;
};

// A layer norm. In training its xhat and rstd leave the function, and its affine follows, which is
// folded into the next weights in inference; `affineStays` where it cannot be.
int addNorm(GraphBuilder &b, int x, bool training, bool affineStays = false);

// Folded as for inference: the norms' affine and the layer scale are in the weights.
KernelGraph inferenceGraph(const NetworkShape &shape);
// The forward half of a training step: nothing folded, drop path, and what backward reads beside
// the blocks' inputs (each norm's xhat and rstd, the MLPs' h) leaves the function.
KernelGraph trainingGraph(const NetworkShape &shape);

} // namespace cnx::test
