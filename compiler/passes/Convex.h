// Can a group of ops run as one step?
#pragma once

#include "compiler/kernels/KernelGraph.h"

#include <vector>

namespace cnx {

// Whether no path leaves the group and comes back: an op between two of the group's would have to
// run after the first and before the second. The graph's nodes are in topological order.
bool isConvex(const KernelGraph &graph, const std::vector<int> &group);

} // namespace cnx
