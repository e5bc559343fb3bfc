// A function's graph cut into kernels as the compiler's pass cuts it, without MLIR.
#pragma once

#include "compiler/fusions/Fusion.h"

#include <string>
#include <vector>

namespace cnx::test {

struct Group {
  KernelGraph graph;       // canonical, eps lifted
  std::vector<int> values; // the function's value of each, -1 for scalars
  std::vector<double> scalars;
};

std::vector<Group> formGroups(const KernelGraph &function, bool fuse = true);
// The only group with the given fusion; throws where there is another number of them.
Group groupOf(const KernelGraph &function, const std::string &fusion);

} // namespace cnx::test
