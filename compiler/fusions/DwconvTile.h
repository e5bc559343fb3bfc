// The register tile of a depthwise convolution.
#pragma once

#include "compiler/kernels/Stages.h"

namespace cnx {

// Image rows of a task for a map of `shape` [N,H,W,C]. Rows that share a task share their input in
// the level-1 cache, block of channels by block; the convolved band waits in the level-2 cache for
// its norm. Four tasks at least, that share threads evenly.
int dwconvBand(const std::vector<int64_t> &shape);
// How evenly bands of so many rows load threads (RowTile's shareOfThreads).
double shareOfBands(const std::vector<int64_t> &shape, int rows);

// Pixels of a segment: the longest that leaves registers for the taps of a row, a divisor of the
// width if there is one of at least four (a segment that straddles the end costs a second copy of
// the loop).
int dwconvSegment(int64_t width, Level level);
// The longest segment that leaves those registers.
int longestSegment(Level level);

// Schedules dwconv `name` (its stage is called by the op: acc plus bias) over channel blocks, rows
// (`row`: the stage's loop over them) and segments of a row of `segment` pixels: a segment's
// accumulators and one row of taps stay in registers. Sets no compute level of the stage itself.
void tileDwconv(Stages &stages, const std::string &name, Halide::Var row, int segment, Level level);
// The same for the convolution `acc` ("dwconv0.acc") and any stage that reads it.
void tileDwconv(Stages &stages, const std::string &acc, Halide::Func consumer, Halide::Var row,
                int segment, Level level);

} // namespace cnx
