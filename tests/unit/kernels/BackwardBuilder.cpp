#include "tests/unit/kernels/BackwardBuilder.h"

namespace cnx::test {

static Value describe(size_t index, const std::vector<int64_t> &shape, Role role) {
  Value v;
  v.name = std::string("b").append(std::to_string(index));
  v.shape = shape;
  v.pitch = shape.size() % 2 ? shape.back() : padChannels(shape.back());
  v.role = role;
  return v;
}

static Node nodeOf(const std::string &op, std::vector<int> inputs) {
  Node node;
  node.op = op;
  node.inputs = std::move(inputs);
  return node;
}

int BackwardBuilder::packed(const std::vector<int64_t> &shape) {
  graph.values.push_back(describe(graph.values.size(), shape, Role::input));
  return static_cast<int>(graph.values.size()) - 1;
}

int BackwardBuilder::make(Node node, const std::vector<int64_t> &shape) {
  graph.values.push_back(describe(graph.values.size(), shape, Role::internal));
  node.outputs = {static_cast<int>(graph.values.size()) - 1};
  graph.nodes.push_back(node);
  return node.outputs[0];
}

int BackwardBuilder::like(int value, const std::string &op, std::vector<int> inputs) {
  return make(nodeOf(op, std::move(inputs)), shape(value));
}

int BackwardBuilder::linearBy(int x, int panels, int64_t features) {
  Node node = nodeOf("linear", {x, panels});
  node.attributes["features"] = features;
  std::vector<int64_t> result = shape(x);
  result.back() = features;
  return make(node, result);
}

int BackwardBuilder::meanPoolGrad(int dy, int64_t height, int64_t width) {
  Node node = nodeOf("mean_pool_grad", {dy});
  node.attributes["height"] = height;
  node.attributes["width"] = width;
  return make(node, {shape(dy)[0], height, width, shape(dy)[1]});
}

int BackwardBuilder::dwconvGradInput(int dy, int64_t kernel) {
  Node node = nodeOf("dwconv_grad_input", {dy, taps(kernel, shape(dy).back())});
  node.attributes["kernel"] = kernel;
  return make(node, shape(dy));
}

int BackwardBuilder::patchConvGradInput(int dy, int64_t kernel,
                                        const std::vector<int64_t> &result) {
  const int64_t depth = shape(dy)[3];
  Node node = nodeOf("patch_conv_grad_input", {dy, transposed(kernel * kernel * result[3], depth)});
  node.attributes["kernel"] = kernel;
  node.attributes["height"] = result[1];
  node.attributes["width"] = result[2];
  node.attributes["channels"] = result[3];
  return make(node, result);
}

int BackwardBuilder::linearGradWeight(int dy, int x) {
  return make(nodeOf("linear_grad_weight", {dy, x}),
              {padChannels(shape(dy).back()) / 16, shape(x).back(), 16});
}

int BackwardBuilder::patchConvGradWeight(int dy, int x, int64_t kernel) {
  Node node = nodeOf("patch_conv_grad_weight", {dy, x});
  node.attributes["kernel"] = kernel;
  return make(node, {padChannels(shape(dy).back()) / 16, kernel * kernel * shape(x).back(), 16});
}

int BackwardBuilder::dwconvGradWeight(int dy, int x, int64_t kernel) {
  Node node = nodeOf("dwconv_grad_weight", {dy, x});
  node.attributes["kernel"] = kernel;
  return make(node, {kernel, kernel, padChannels(shape(dy).back())});
}

int BackwardBuilder::onWeights(const std::string &op, std::vector<int> inputs,
                               const std::vector<int64_t> &result, int64_t channels) {
  Node node = nodeOf(op, std::move(inputs));
  if (channels)
    node.attributes["channels"] = channels;
  return make(node, result);
}

int BackwardBuilder::sumRows(int x) {
  return make(nodeOf("sum_rows", {x}), {padChannels(shape(x).back())});
}

int BackwardBuilder::sumImageProduct(int a, int b) {
  return make(nodeOf("sum_image_product", {a, b}), {shape(a)[0], shape(a).back()});
}

int BackwardBuilder::sumRowsProduct(int a, int b) {
  return make(nodeOf("sum_rows_product", {a, b}), {padChannels(shape(a).back())});
}

} // namespace cnx::test
