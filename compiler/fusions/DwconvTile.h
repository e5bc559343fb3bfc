// The register tile of a depthwise convolution.
#pragma once

#include "compiler/kernels/Stages.h"

namespace cnx {

// Schedules dwconv `name` (its stage is called by the op: acc plus bias) over channel blocks and
// segments of a row: the segment's accumulators and one row of taps stay in registers. Sets no
// compute level of the stage itself; `width` is the row's extent.
void tileDwconv(Stages &stages, const std::string &name, int64_t width, int64_t channels,
                Level level);

} // namespace cnx
