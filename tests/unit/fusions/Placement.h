// Whether a lowered statement has every stage where its schedule puts it.
#pragma once

#include "compiler/kernels/Stages.h"

#include <string>
#include <vector>

namespace cnx::test {

// `scheduled` has its schedule and is not lowered; `stmt` is the text of another kernel lowered
// from the same. One complaint for each stage that
// - is computed or stored elsewhere than in the loop that its schedule names;
// - is stored there at more than the tile's size: all iterations together hold it more than twice
//   over (rounding to tiles adds less). Where tasks are panels, each needs all of an input;
// - is a sum that is computed again for each of its readers' elements.
std::vector<std::string> misplacedStages(Stages &scheduled, const std::string &stmt);

} // namespace cnx::test
