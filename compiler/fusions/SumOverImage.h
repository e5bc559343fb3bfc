// Sums over a whole map: mean_pool's and grn_factor's.
#pragma once

#include "compiler/kernels/Stages.h"

namespace cnx {

// Schedules `consumer`, a function of (c, n) that reads sum stage `role`: a task is a block of
// channels, whose sums stay in registers while the rows go by. `value` is of the consumer's width.
void scheduleSumOverImage(Stages &stages, const std::string &role, Halide::Func consumer, int value,
                          Level level);

} // namespace cnx
