// Arithmetic on packed weights and their gradients, naively.
#pragma once

#include "tests/unit/kernels/NaiveGraph.h"

namespace cnx::test {

// False where the op is none of these.
bool computeWeightsNaively(const Node &node, std::map<int, Tensor> &values);

} // namespace cnx::test
