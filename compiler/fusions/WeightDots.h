// Sums of a weight, or of its product with its gradient, over one of the matrix's sides.
#pragma once

#include "compiler/kernels/Stages.h"

namespace cnx {

bool isWeightDot(const std::string &op);

// Schedules vector `value`, which the dot `op` makes or which is made of it element by element. A
// task has a panel of outputs, or some input channels of every panel.
void scheduleWeightDots(Stages &stages, const std::string &op, int value, Level level);

} // namespace cnx
