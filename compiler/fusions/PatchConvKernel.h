// A kernel whose output is a patch convolution.
#pragma once

#include "compiler/kernels/Stages.h"

namespace cnx {

// Whether all image rows share a task, so that each weight is read once (tasks are panels).
bool patchConvHasFewRows(const Value &output, const Value &panels);

// Rows of windows that a task takes of a map of `height` x `width`: enough windows to pay for
// passing over the weights, a divisor of the height, and four tasks at least.
int windowRowsOfTask(int64_t height, int64_t width, int64_t images);

struct PatchConvLoops {
  // Where a stage that feeds the convolution may be computed: once a task, which needs `kernel`
  // input rows for each of its output rows.
  Halide::LoopLevel task;
  Halide::Var band{"band"};
  int bandRows = 0; // output rows of a band; tasks are bands, or panels where rows are few
};

// Schedules output `value`, the stage of patch_conv 0. `oneImageAtOnce`: the bands of one image are
// parallel, so that an output beside it can share the loop over bands.
PatchConvLoops schedulePatchConv(Stages &stages, int value, Level level,
                                 bool oneImageAtOnce = false);

} // namespace cnx
