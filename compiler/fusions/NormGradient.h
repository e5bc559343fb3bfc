// The norm's derivative at the end of a kernel.
#pragma once

#include "compiler/fusions/Chain.h"
#include "compiler/kernels/Stages.h"

namespace cnx {

// Appends [scale and] layer_norm_grad, whose cotangent is what the chain has made.
std::optional<std::vector<int>> normGradient(const KernelGraph &function, Chain &chain);

// Schedules output `value` of layer_norm_grad 0. Tasks: `rowsPerTask` rows; in a map bands of so
// many image rows. Means are taken a row, before it is written. Returns the task's loop.
Halide::LoopLevel scheduleNormGradient(Stages &stages, int value, int64_t rowsPerTask, Level level);

} // namespace cnx
