// The loss and the backward ops whose inner sums must not be computed again for every element:
// their schedules in a group of one.
#pragma once

#include "compiler/kernels/Stages.h"

namespace cnx {

// Computes the sums of `node` beforehand and vectorises a second result. The first result's stage
// is scheduled by the caller. Leaves ops that have no such sums alone.
void scheduleInnerSums(Stages &stages, const Node &node, Level level);

} // namespace cnx
