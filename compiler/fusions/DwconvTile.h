// The register tile of a depthwise convolution.
#pragma once

#include "compiler/kernels/Stages.h"

namespace cnx {

// Image rows of a task for a map of `shape` [N,H,W,C]. Rows that share a task share their input in
// the level-1 cache, block of channels by block; the convolved band waits in the level-2 cache for
// its norm. Four tasks at least.
int dwconvBand(const std::vector<int64_t> &shape);

// Schedules dwconv `name` (its stage is called by the op: acc plus bias) over channel blocks, rows
// (`row`: the stage's loop over them) and segments of a row: the segment's accumulators and one row
// of taps stay in registers. Sets no compute level of the stage itself; `width` is the row's
// extent.
void tileDwconv(Stages &stages, const std::string &name, Halide::Var row, int64_t width,
                Level level);
// The same for the convolution `acc` ("dwconv0.acc") and any stage that reads it.
void tileDwconv(Stages &stages, const std::string &acc, Halide::Func consumer, Halide::Var row,
                int64_t width, Level level);

} // namespace cnx
