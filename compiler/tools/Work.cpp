#include "compiler/tools/Work.h"

namespace cnx {

namespace {

int64_t logicalElements(const Value &value) {
  int64_t n = 1;
  for (int64_t extent : value.shape)
    n *= extent;
  return n;
}

// Products that each element of the result sums.
int64_t productsAnElement(const KernelGraph &graph, const Node &node) {
  if (node.op == "linear")
    return graph.values[size_t(node.inputs[0])].shape.back();
  if (node.op == "dwconv")
    return node.integer("kernel") * node.integer("kernel");
  if (node.op == "patch_conv")
    return node.integer("kernel") * node.integer("kernel") *
           graph.values[size_t(node.inputs[0])].shape.back();
  return 0;
}

} // namespace

int64_t multiplyAccumulates(const KernelGraph &graph) {
  int64_t sum = 0;
  for (const Node &node : graph.nodes)
    if (!node.outputs.empty() && node.outputs[0] >= 0)
      sum +=
          productsAnElement(graph, node) * logicalElements(graph.values[size_t(node.outputs[0])]);
  return sum;
}

} // namespace cnx
