// What the machine can do at this moment: the yardstick beside every time.
#pragma once

#include "compiler/kernels/KernelGraph.h"

#include <span>

namespace cnx {

// float32 operations a second of a loop that does nothing but fused multiply-adds on registers, on
// `threads` threads at once, for a few milliseconds. Clock frequencies change: sample it beside
// what is measured, and more than once.
double sampleFmaPeak(Level level, unsigned threads);
// The same with a thread on each of these cores (Cores.h).
double sampleFmaPeak(Level level, std::span<const int> cores);

} // namespace cnx
