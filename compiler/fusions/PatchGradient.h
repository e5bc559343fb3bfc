// The product inside a patch convolution's input gradient.
#pragma once

#include "compiler/kernels/Stages.h"

namespace cnx {

// Image rows of a task of a kernel that reads what patch_conv_grad_input `node` makes.
int64_t patchGradientBand(const Stages &stages, const Node &node);

// Computes the windows' product of `node`, whose role is `name`, for the band of `task`; or, where
// windows are few and weights are many, for all windows beforehand with a task a panel, so that
// each weight is read once.
void scheduleWindows(Stages &stages, const std::string &name, const Node &node,
                     Halide::LoopLevel task, Level level);

} // namespace cnx
