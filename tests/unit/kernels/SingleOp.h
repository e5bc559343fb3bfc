// One op as a kernel, checked at every level.
#pragma once

#include "tests/unit/kernels/KernelCheck.h"

#include <string>
#include <vector>

namespace cnx::test {

using Shape = std::vector<int64_t>;

// A group of one as the passes make it.
class Single {
public:
  explicit Single(const std::string &op) {
    node.op = op;
    graph.fusion = "single";
  }
  // An activation inside the network: rows of the padded width.
  Single &input(const Shape &shape) {
    const bool channels = shape.size() % 2 == 0;
    return operand(shape, channels ? padChannels(shape.back()) : shape.back(), Role::input);
  }
  Single &dense(const Shape &shape) { return operand(shape, shape.back(), Role::input); }
  Single &packed(const Shape &shape) { return dense(shape); }
  Single &weight(const Shape &shape) { return operand(shape, shape.back(), Role::weight); }
  Single &attribute(const std::string &name, const AttributeValue &value) {
    node.attributes[name] = value;
    return *this;
  }
  Single &result(const Shape &shape, bool isDense = false) {
    const bool channels = shape.size() % 2 == 0 && !isDense;
    node.outputs.push_back(
        value(shape, channels ? padChannels(shape.back()) : shape.back(), Role::output));
    return *this;
  }
  Single &unread() {
    node.outputs.push_back(-1);
    return *this;
  }
  void check(double tolerance = 2e-6) {
    graph.nodes = {node};
    CheckOptions options;
    options.tolerance = tolerance;
    checkKernel(graph, options);
  }

private:
  KernelGraph graph;
  Node node;

  int value(const Shape &shape, int64_t pitch, Role role) {
    Value v;
    v.name = "v" + std::to_string(graph.values.size());
    v.shape = shape;
    v.pitch = pitch;
    v.role = role;
    graph.values.push_back(v);
    return static_cast<int>(graph.values.size()) - 1;
  }
  Single &operand(const Shape &shape, int64_t pitch, Role role) {
    node.inputs.push_back(value(shape, pitch, role));
    return *this;
  }
};

} // namespace cnx::test
