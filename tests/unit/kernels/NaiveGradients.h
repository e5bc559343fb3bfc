// The loss and the backward ops, naively: what NaiveGraph does not know itself.
#pragma once

#include "tests/unit/kernels/NaiveGraph.h"

namespace cnx::test {

// False where the op is none of these.
bool computeGradientNaively(const Node &node, std::map<int, Tensor> &values);

} // namespace cnx::test
