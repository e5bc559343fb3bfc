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

bool isMatrixGradient(const std::string &op); // linear_grad_weight, patch_conv_grad_weight

// Of a graph with one *_grad_weight node, what it reads made before it or not: the k of a register
// tile, for which its operand is packed (Fusion::stripWidth).
int gradientStripWidth(const KernelGraph &graph, Level level);

// Schedules such a graph, whose result is panels: tasks are rectangles of the output. In each of
// them the accumulators of a register tile take up one chunk of rows after the other. What one tile
// reads of a chunk is copied first, row after row without gaps: with the activations' pitch a
// column would fall into a few sets of the level-1 cache, and each row on another page.
void scheduleWeightGradient(Stages &stages, const KernelGraph &graph, Level level);

} // namespace cnx
