// A kernel graph computed by plain double loops on logical tensors: the judge of compiled kernels.
// Written from the ops' definitions, without a look at their Halide form.
#pragma once

#include "compiler/kernels/KernelGraph.h"

#include <map>
#include <vector>

namespace cnx::test {

// Logical and dense, outermost first; weights as packed (panels, taps, padded vectors).
struct Tensor {
  std::vector<int64_t> shape;
  std::vector<double> data;
};

// Adds every value that the nodes make. `values` holds the arguments by value index (scalars as one
// element).
void computeNaively(const KernelGraph &graph, std::map<int, Tensor> &values);

} // namespace cnx::test
