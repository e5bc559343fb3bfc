// One kernel graph evaluated in double precision by the ops' own reference.
#pragma once

#include "compiler/kernels/KernelGraph.h"

#include <map>
#include <vector>

namespace cnx {

// By index of the value; logical and dense, weights as the kernel gets them (packed).
using GraphValues = std::map<int, std::vector<double>>;

// `values` holds all arguments but the outputs; scalars have one element. Every value that a node
// makes is added. Throws UserError for a graph whose ops or shapes the dialect refuses.
void evaluateReference(const KernelGraph &graph, GraphValues &values);

} // namespace cnx
