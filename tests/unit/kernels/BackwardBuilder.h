// Small graphs of backward ops, beside GraphBuilder's forward ones. Gradients of parameters are
// packed.
#pragma once

#include "tests/unit/kernels/GraphBuilder.h"

namespace cnx::test {

class BackwardBuilder : public GraphBuilder {
public:
  // What another kernel or the caller holds in a parameter's packed form: a sum so far, transposed
  // panels.
  int packed(const std::vector<int64_t> &shape);
  int transposed(int64_t rows, int64_t depth) { return packed({(rows + 15) / 16, depth, 16}); }
  // [N,H,W] or [N], one number a row.
  int statistic(const std::vector<int64_t> &shape) { return packed(shape); }

  int linearBy(int x, int panels, int64_t features);
  int geluGrad(int dy, int h) { return like(h, "gelu_grad", {dy, h}); }
  int layerNormGrad(int dy, int xhat, int rstd) {
    return like(xhat, "layer_norm_grad", {dy, xhat, rstd});
  }
  int meanPoolGrad(int dy, int64_t height, int64_t width);
  int dwconvGradInput(int dy, int64_t kernel = 7);
  int patchConvGradInput(int dy, int64_t kernel, const std::vector<int64_t> &shape);
  int linearGradWeight(int dy, int x);
  int patchConvGradWeight(int dy, int x, int64_t kernel);
  int dwconvGradWeight(int dy, int x, int64_t kernel = 7);
  int sumRows(int x);
  int sumRowsProduct(int a, int b);
  int sumImageProduct(int a, int b);
  // Arithmetic on packed values; `channels` 0 where the op has none.
  int onWeights(const std::string &op, std::vector<int> inputs, const std::vector<int64_t> &result,
                int64_t channels = 0);
  // The sum with an earlier one of the same form.
  int accumulated(int gradient) { return add(packed(shape(gradient)), gradient); }

private:
  int make(Node node, const std::vector<int64_t> &shape);
  int like(int value, const std::string &op, std::vector<int> inputs);
};

} // namespace cnx::test
