#include "compiler/tools/Work.h"

namespace cnx {

namespace {

int64_t logicalElements(const Value &value) {
  int64_t n = 1;
  for (int64_t extent : value.shape)
    n *= extent;
  return n;
}

int64_t windowOf(const Node &node) { return node.integer("kernel") * node.integer("kernel"); }

// Of a layer and of both its gradients: each product of the layer stands once in either. Counted on
// activations, since the shapes of packed weights have padding.
int64_t productsOf(const KernelGraph &graph, const Node &node) {
  auto input = [&](size_t i) -> const Value & { return graph.values[size_t(node.inputs[i])]; };
  const std::string &op = node.op;
  if (op == "dwconv_grad_weight")
    return logicalElements(input(0)) * windowOf(node);
  if (op == "linear_grad_weight")
    return logicalElements(input(0)) * input(1).shape.back();
  if (op == "patch_conv_grad_weight")
    return logicalElements(input(0)) * windowOf(node) * input(1).shape.back();
  if (op == "patch_conv_grad_input")
    return logicalElements(input(0)) * windowOf(node) * node.integer("channels");

  const Value &output = graph.values[size_t(node.outputs[0])];
  if (op == "linear" || op == "linear_grad_input")
    return logicalElements(output) * input(0).shape.back();
  if (op == "dwconv" || op == "dwconv_grad_input")
    return logicalElements(output) * windowOf(node);
  if (op == "patch_conv")
    return logicalElements(output) * windowOf(node) * input(0).shape.back();
  return 0;
}

} // namespace

int64_t multiplyAccumulates(const KernelGraph &graph) {
  int64_t sum = 0;
  for (const Node &node : graph.nodes)
    if (!node.outputs.empty() && node.outputs[0] >= 0)
      sum += productsOf(graph, node);
  return sum;
}

} // namespace cnx
