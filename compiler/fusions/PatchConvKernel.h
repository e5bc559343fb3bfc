// A kernel whose output is a patch convolution.
#pragma once

#include "compiler/kernels/Stages.h"

namespace cnx {

// Whether all image rows share a task, so that each weight is read once (tasks are panels).
bool patchConvHasFewRows(const Value &output, const Value &panels);

// Schedules output `value`, the stage of patch_conv 0. Returns where a stage that feeds it may be
// computed: once a task, which needs `kernel` input rows an output row.
Halide::LoopLevel schedulePatchConv(Stages &stages, int value, Level level);

} // namespace cnx
