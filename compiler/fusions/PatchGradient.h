// The product inside a patch convolution's input gradient.
#pragma once

#include "compiler/kernels/Stages.h"

namespace cnx {

// Computes the windows' product of patch_conv_grad_input `node`, whose role is `name`, at `task`,
// which needs one row of windows.
void scheduleWindows(Stages &stages, const std::string &name, const Node &node,
                     Halide::LoopLevel task, Level level);

} // namespace cnx
