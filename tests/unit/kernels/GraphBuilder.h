// Small kernel graphs for tests, op by op.
#pragma once

#include "compiler/kernels/KernelGraph.h"

#include <string>
#include <vector>

namespace cnx::test {

// Builds a function's graph: activations inside have the padded pitch, weights are packed. Shapes
// are logical.
class GraphBuilder {
public:
  KernelGraph graph;

  int input(std::vector<int64_t> shape, bool dense = false, ElementType type = ElementType::f32);
  int factor(int64_t images) { return value({images}, images, Role::input); }
  int vector(int64_t n) { return value({padChannels(n)}, padChannels(n), Role::weight); }
  int panels(int64_t n, int64_t k) { return value({padChannels(n) / 16, k, 16}, 16, Role::weight); }
  int taps(int64_t kernel, int64_t c) {
    return value({kernel, kernel, padChannels(c)}, padChannels(c), Role::weight);
  }

  int linear(int x, int64_t features, bool bias = true);
  int patchConv(int x, int64_t kernel, int64_t features, bool bias = true);
  int dwconv(int x, int64_t kernel = 7, bool bias = true);
  int layerNorm(int x, double eps = 1e-6, int *rstd = nullptr);
  int affine(int x);
  int scale(int x);
  int channelBias(int x);
  int gelu(int x) { return plain("gelu", {x}); }
  int cast(int x) { return plain("cast", {x}); }
  int add(int a, int b) { return plain("add", {a, b}); }
  int dropPath(int x) { return plain("drop_path", {x, factor(shape(x)[0])}); }
  int imageScale(int x, int u) { return plain("image_scale", {x, u}); }
  int grnFactor(int x, double eps = 1e-6);
  int meanPool(int x);
  int relayout(int x, const std::string &to);

  // Stores the panels of all products made so far as bfloat16.
  void roundPanels();
  // Marks a value as leaving the graph; `dense`: to the caller's memory.
  void output(int v, bool dense = false);
  const std::vector<int64_t> &shape(int v) const {
    return graph.values[static_cast<size_t>(v)].shape;
  }

private:
  int value(std::vector<int64_t> shape, int64_t pitch, Role role,
            ElementType type = ElementType::f32);
  int plain(const std::string &op, std::vector<int> inputs);
  int node(Node node, std::vector<int64_t> shape);
};

} // namespace cnx::test
