// What one core's multiply-add units can do right now.
#pragma once

#include "compiler/kernels/KernelGraph.h"

namespace cnx::test {

// GFLOP/s of a loop of nothing but independent multiply-adds at the level's vector width, over
// about a millisecond. Clocks and neighbours change it from moment to moment: sample it right
// beside what is compared to it.
double fmaPeak(Level level);

// Seconds that this thread has run for: what a neighbour's turns on the core do not lengthen.
double threadSeconds();

} // namespace cnx::test
