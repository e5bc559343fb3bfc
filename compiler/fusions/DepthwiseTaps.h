// The gradient of a depthwise convolution's taps.
#pragma once

#include "compiler/kernels/Stages.h"

namespace cnx {

// Schedules output `value`, taps whose stage reads the sum `role` ("dwconv_grad_weight0.sum"). A
// task is a vector of channels, whose map goes by one row of pixels after the other; the taps of
// one row of the kernel are in registers meanwhile. Where channels are few, it is that of one
// image.
void scheduleDepthwiseTaps(Stages &stages, int value, const std::string &role, Level level);

} // namespace cnx
