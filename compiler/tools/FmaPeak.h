// What the machine can do at this moment: the yardstick beside every time.
#pragma once

#include "compiler/kernels/KernelGraph.h"

namespace cnx {

// float32 operations a second of a loop that does nothing but fused multiply-adds on registers, on
// `threads` threads at once, for a few milliseconds. Clock frequencies change: sample it beside
// what is measured, and more than once.
double sampleFmaPeak(Level level, unsigned threads);

} // namespace cnx
