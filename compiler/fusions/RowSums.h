// Sums over all rows, a vector of channels: gradients of biases and gains.
#pragma once

#include "compiler/kernels/Stages.h"

namespace cnx {

// Schedules output `value`, a vector whose stage reads the sum `role` ("sum_rows0.sum"): tasks are
// chunks of rows and blocks of channels, whose sums stay in registers while the rows go by.
void scheduleRowSums(Stages &stages, int value, const std::string &role, Level level);

} // namespace cnx
