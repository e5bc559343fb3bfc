// The loss, the backward ops and the update: their schedules in a group of one.
#pragma once

#include "compiler/kernels/Stages.h"

namespace cnx {

// Schedules the group's only op. False where the op is none of these, or where its first result is
// elementwise: then its inner sums are scheduled, and the stage itself is the caller's.
bool scheduleSingleGradient(Stages &stages, const Node &node, Level level);

} // namespace cnx
