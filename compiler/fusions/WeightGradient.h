// Kernels that make the gradient of a matrix: a product whose reduction runs over all rows of two
// activations.
#pragma once

#include "compiler/kernels/Stages.h"

namespace cnx {

// Schedules a graph with one *_grad_weight op, whose result is panels. Tasks are rectangles of the
// output. In each of them the accumulators of a register tile take up one chunk of rows after the
// other, and fetch the rows of the next. What they read may be copied first, row after row without
// a gap: at a long pitch a column falls into a few sets of the level-1 cache.
void scheduleWeightGradient(Stages &stages, const KernelGraph &graph, Level level);

} // namespace cnx
