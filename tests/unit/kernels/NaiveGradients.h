// The loss and the backward ops, naively: what NaiveGraph does not know itself.
#pragma once

#include "tests/unit/kernels/NaiveGraph.h"

namespace cnx::test {

// False where the op is none of these. A parameter's gradient takes the form that `graph` gives it:
// PyTorch's, or packed with zeros in the padding.
bool computeGradientNaively(const KernelGraph &graph, const Node &node,
                            std::map<int, Tensor> &values);

} // namespace cnx::test
