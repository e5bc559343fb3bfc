#include "compiler/passes/Convex.h"

#include <algorithm>
#include <set>

namespace cnx {

bool isConvex(const KernelGraph &graph, const std::vector<int> &group) {
  const std::set<int> inside(group.begin(), group.end());
  std::set<int> made, left; // values of the group; values that outside ops made of them
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    const Node &node = graph.nodes[n];
    const bool isInside = inside.count(static_cast<int>(n)) > 0;
    const auto reads = [&](const std::set<int> &values) {
      return std::any_of(node.inputs.begin(), node.inputs.end(),
                         [&](int v) { return values.count(v) > 0; });
    };
    if (isInside && reads(left))
      return false;
    if (isInside)
      made.insert(node.outputs.begin(), node.outputs.end());
    else if (reads(made) || reads(left))
      left.insert(node.outputs.begin(), node.outputs.end());
    made.erase(-1); // a result that nobody reads, an operand that is absent
    left.erase(-1);
  }
  return true;
}

} // namespace cnx
