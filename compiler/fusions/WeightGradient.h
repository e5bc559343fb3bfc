// Kernels that make the gradient of a matrix: a product whose reduction runs over all rows of two
// activations.
#pragma once

#include "compiler/kernels/Stages.h"

namespace cnx {

// How the panels (lane, k, p) of a gradient are cut.
struct GradientTile {
  int rows = 1;                     // k of a register tile
  int panels = 1;                   // p of one
  int taskRows = 1, taskPanels = 1; // k and p of a task; multiples of the tile's
};

// For panels of `shape` [P, K, 16] summed in chunks of `chunk` rows. `inner`: K is a multiple of
// it, and register tiles had better not cross its multiples (channels of a convolution's tap).
// `allPanels`: a task has all of them, and whole vectors of k.
GradientTile chooseGradientTile(Level level, const std::vector<int64_t> &shape, int64_t inner,
                                int64_t chunk, bool allPanels);

// That of a *_grad_weight node: a convolution's channels, where they are enough for a tile.
int64_t innerDepth(const Stages &stages, const Node &node);

// Schedules output `value`, whose stage reads the sum `role` ("linear_grad_weight0.sum"): tasks are
// rectangles of the output. In each of them the accumulators of a register tile take up one chunk
// of rows after the other; `inner`, `allPanels` as above. Returns where a stage that the product
// reads may be computed: once for a task and a chunk of rows.
Halide::LoopLevel scheduleWeightGradient(Stages &stages, int value, const std::string &role,
                                         int64_t inner, bool allPanels, Level level);

} // namespace cnx
