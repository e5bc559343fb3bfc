#include "tests/unit/kernels/GraphBuilder.h"

namespace cnx::test {

int GraphBuilder::value(std::vector<int64_t> shape, int64_t pitch, Role role, ElementType type) {
  Value v;
  v.name = std::string("v").append(std::to_string(graph.values.size()));
  v.shape = std::move(shape);
  v.pitch = pitch;
  v.type = type;
  v.role = role;
  graph.values.push_back(v);
  return static_cast<int>(graph.values.size()) - 1;
}

int GraphBuilder::input(std::vector<int64_t> shape, bool dense, ElementType type) {
  const int64_t last = shape.back();
  return value(std::move(shape), dense ? last : padChannels(last), Role::input, type);
}

int GraphBuilder::node(Node n, std::vector<int64_t> shape) {
  const int64_t last = shape.back();
  n.outputs = {value(std::move(shape), padChannels(last), Role::internal)};
  graph.nodes.push_back(n);
  return n.outputs[0];
}

int GraphBuilder::plain(const std::string &op, std::vector<int> inputs) {
  Node n;
  n.op = op;
  n.inputs = inputs;
  return node(n, shape(inputs[0]));
}

int GraphBuilder::linear(int x, int64_t features, bool bias) {
  Node n;
  n.op = "linear";
  n.attributes["features"] = features;
  std::vector<int64_t> s = shape(x);
  n.inputs = {x, panels(features, s.back())};
  if (bias)
    n.inputs.push_back(vector(features));
  s.back() = features;
  return node(n, s);
}

int GraphBuilder::patchConv(int x, int64_t kernel, int64_t features, bool bias) {
  Node n;
  n.op = "patch_conv";
  n.attributes["kernel"] = kernel;
  n.attributes["features"] = features;
  const std::vector<int64_t> s = shape(x);
  n.inputs = {x, panels(features, kernel * kernel * s[3])};
  if (bias)
    n.inputs.push_back(vector(features));
  return node(n, {s[0], s[1] / kernel, s[2] / kernel, features});
}

int GraphBuilder::dwconv(int x, int64_t kernel, bool bias) {
  Node n;
  n.op = "dwconv";
  n.attributes["kernel"] = kernel;
  const std::vector<int64_t> s = shape(x);
  n.inputs = {x, taps(kernel, s.back())};
  if (bias)
    n.inputs.push_back(vector(s.back()));
  return node(n, s);
}

int GraphBuilder::layerNorm(int x, double eps, int *rstd) {
  Node n;
  n.op = "layer_norm";
  n.attributes["eps"] = eps;
  n.inputs = {x};
  std::vector<int64_t> s = shape(x);
  int xhat = node(n, s);
  s.pop_back();
  graph.nodes.back().outputs.push_back(-1);
  if (rstd) {
    *rstd = value(s, s.back(), Role::internal);
    graph.nodes.back().outputs[1] = *rstd;
  }
  return xhat;
}

int GraphBuilder::affine(int x) {
  int gain = vector(shape(x).back()), bias = vector(shape(x).back());
  return plain("affine", {x, gain, bias});
}

int GraphBuilder::scale(int x) { return plain("scale", {x, vector(shape(x).back())}); }

int GraphBuilder::channelBias(int x) { return plain("channel_bias", {x, vector(shape(x).back())}); }

int GraphBuilder::grnFactor(int x, double eps) {
  Node n;
  n.op = "grn_factor";
  n.attributes["eps"] = eps;
  n.inputs = {x, vector(shape(x).back())};
  return node(n, {shape(x)[0], shape(x).back()});
}

int GraphBuilder::meanPool(int x) {
  Node n;
  n.op = "mean_pool";
  n.inputs = {x};
  return node(n, {shape(x)[0], shape(x).back()});
}

int GraphBuilder::relayout(int x, const std::string &to) {
  Node n;
  n.op = "relayout";
  n.attributes["to"] = to;
  n.inputs = {x};
  const std::vector<int64_t> s = shape(x);
  if (to == "nhwc")
    return node(n, {s[0], s[2], s[3], s[1]});
  int result = node(n, {s[0], s[3], s[1], s[2]});
  graph.values[static_cast<size_t>(result)].pitch = s[2]; // NCHW is dense
  return result;
}

void GraphBuilder::roundPanels() {
  for (Value &v : graph.values)
    if (v.role == Role::weight && v.shape.size() == 3 && v.shape[2] == kChannelPad)
      v.type = ElementType::bf16;
}

void GraphBuilder::output(int v, bool dense) {
  Value &value = graph.values[static_cast<size_t>(v)];
  value.role = Role::output;
  if (dense)
    value.pitch = value.shape.back();
}

} // namespace cnx::test
