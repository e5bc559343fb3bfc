#include "tests/unit/kernels/NaiveGraph.h"

#include "tests/unit/kernels/NaiveGradients.h"

#include <cmath>
#include <stdexcept>

namespace cnx::test {

namespace {

size_t product(const std::vector<int64_t> &shape) {
  size_t n = 1;
  for (int64_t extent : shape)
    n *= static_cast<size_t>(extent);
  return n;
}

struct Naive {
  const KernelGraph &graph;
  const Node &node;
  std::map<int, Tensor> &values;

  const Tensor &in(size_t i) const { return values.at(node.inputs.at(i)); }
  bool hasInput(size_t i) const { return node.inputs.size() > i && node.inputs[i] >= 0; }
  double eps(size_t i) const { return hasInput(i) ? in(i).data.at(0) : node.number("eps"); }
  int64_t channels() const { return in(0).shape.back(); }
  size_t rows() const { return in(0).data.size() / static_cast<size_t>(channels()); }
  size_t imageOfRow(size_t row) const {
    return row / (rows() / static_cast<size_t>(in(0).shape[0]));
  }
  void set(size_t result, Tensor tensor) const {
    if (node.outputs.size() > result && node.outputs[result] >= 0)
      values[node.outputs[result]] = std::move(tensor);
  }

  template <typename F> void elementwise(F f) const {
    Tensor out = in(0);
    const size_t width = static_cast<size_t>(channels());
    for (size_t i = 0; i < out.data.size(); ++i)
      out.data[i] = f(in(0).data[i], i % width, i / width, i);
    set(0, out);
  }

  double panel(const Tensor &w, int64_t n, int64_t k) const {
    return w.data[static_cast<size_t>(((n / 16) * w.shape[1] + k) * 16 + n % 16)];
  }

  void linear() const {
    const Tensor &x = in(0), &w = in(1);
    const int64_t depth = channels(), features = node.integer("features");
    Tensor out{x.shape, {}};
    out.shape.back() = features;
    for (size_t row = 0; row < rows(); ++row)
      for (int64_t n = 0; n < features; ++n) {
        double sum = hasInput(2) ? in(2).data[static_cast<size_t>(n)] : 0;
        for (int64_t k = 0; k < depth; ++k)
          sum += x.data[row * static_cast<size_t>(depth) + static_cast<size_t>(k)] * panel(w, n, k);
        out.data.push_back(sum);
      }
    set(0, out);
  }

  double pixel(const Tensor &x, int64_t n, int64_t y, int64_t xx, int64_t c) const {
    if (y < 0 || xx < 0 || y >= x.shape[1] || xx >= x.shape[2])
      return 0;
    return x.data[static_cast<size_t>(((n * x.shape[1] + y) * x.shape[2] + xx) * x.shape[3] + c)];
  }

  void patchConv() const {
    const Tensor &x = in(0), &w = in(1);
    const int64_t size = node.integer("kernel"), features = node.integer("features");
    Tensor out{{x.shape[0], x.shape[1] / size, x.shape[2] / size, features}, {}};
    for (int64_t n = 0; n < out.shape[0]; ++n)
      for (int64_t i = 0; i < out.shape[1]; ++i)
        for (int64_t j = 0; j < out.shape[2]; ++j)
          for (int64_t o = 0; o < features; ++o) {
            double sum = hasInput(2) ? in(2).data[static_cast<size_t>(o)] : 0;
            for (int64_t u = 0; u < size; ++u)
              for (int64_t v = 0; v < size; ++v)
                for (int64_t c = 0; c < x.shape[3]; ++c)
                  sum += pixel(x, n, i * size + u, j * size + v, c) *
                         panel(w, o, (u * size + v) * x.shape[3] + c);
            out.data.push_back(sum);
          }
    set(0, out);
  }

  void dwconv() const {
    const Tensor &x = in(0), &w = in(1);
    const int64_t size = node.integer("kernel");
    Tensor out{x.shape, {}};
    for (int64_t n = 0; n < x.shape[0]; ++n)
      for (int64_t i = 0; i < x.shape[1]; ++i)
        for (int64_t j = 0; j < x.shape[2]; ++j)
          for (int64_t c = 0; c < x.shape[3]; ++c) {
            double sum = hasInput(2) ? in(2).data[static_cast<size_t>(c)] : 0;
            for (int64_t u = 0; u < size; ++u)
              for (int64_t v = 0; v < size; ++v)
                sum += pixel(x, n, i + u - size / 2, j + v - size / 2, c) *
                       w.data[static_cast<size_t>((u * size + v) * w.shape[2] + c)];
            out.data.push_back(sum);
          }
    set(0, out);
  }

  void layerNorm() const {
    const Tensor &x = in(0);
    const size_t width = static_cast<size_t>(channels());
    Tensor xhat = x, rstd{x.shape, {}};
    rstd.shape.pop_back();
    for (size_t row = 0; row < rows(); ++row) {
      const double *from = &x.data[row * width];
      double mean = 0, variance = 0;
      for (size_t c = 0; c < width; ++c)
        mean += from[c] / static_cast<double>(width);
      for (size_t c = 0; c < width; ++c)
        variance += (from[c] - mean) * (from[c] - mean) / static_cast<double>(width);
      rstd.data.push_back(1 / std::sqrt(variance + eps(1)));
      for (size_t c = 0; c < width; ++c)
        xhat.data[row * width + c] = (from[c] - mean) * rstd.data.back();
    }
    set(0, xhat);
    set(1, rstd);
  }

  template <typename F> Tensor overImage(F f) const {
    const Tensor &x = in(0);
    const size_t width = static_cast<size_t>(channels());
    Tensor out{{x.shape[0], channels()}, std::vector<double>(product({x.shape[0], channels()}))};
    for (size_t row = 0; row < rows(); ++row)
      for (size_t c = 0; c < width; ++c)
        out.data[imageOfRow(row) * width + c] += f(x.data[row * width + c]);
    return out;
  }

  void meanPool() const {
    Tensor out = overImage([](double v) { return v; });
    for (double &v : out.data)
      v /= static_cast<double>(in(0).shape[1] * in(0).shape[2]);
    set(0, out);
  }

  void grnFactor() const {
    const bool norms = in(0).shape.size() == 2;
    Tensor g = norms ? in(0) : overImage([](double v) { return v * v; });
    const size_t width = static_cast<size_t>(channels());
    for (size_t n = 0; n < g.data.size() / width; ++n) {
      double mean = 0;
      for (size_t c = 0; c < width; ++c) {
        if (!norms)
          g.data[n * width + c] = std::sqrt(g.data[n * width + c]);
        mean += g.data[n * width + c] / static_cast<double>(width);
      }
      for (size_t c = 0; c < width; ++c)
        g.data[n * width + c] = 1 + in(1).data[c] * g.data[n * width + c] / (mean + eps(2));
    }
    set(0, g);
  }

  void relayout() const {
    const Tensor &x = in(0);
    const bool toNhwc = std::get<std::string>(node.attributes.at("to")) == "nhwc";
    const std::vector<int64_t> &s = x.shape;
    Tensor out;
    out.shape = toNhwc ? std::vector<int64_t>{s[0], s[2], s[3], s[1]}
                       : std::vector<int64_t>{s[0], s[3], s[1], s[2]};
    const std::vector<int64_t> &o = out.shape;
    for (int64_t a = 0; a < o[0]; ++a)
      for (int64_t b = 0; b < o[1]; ++b)
        for (int64_t c = 0; c < o[2]; ++c)
          for (int64_t d = 0; d < o[3]; ++d) {
            // NHWC element (a, y=b, x=c, ch=d) or NCHW element (a, ch=b, y=c, x=d)
            int64_t from = toNhwc ? ((a * s[1] + d) * s[2] + b) * s[3] + c
                                  : ((a * s[1] + c) * s[2] + d) * s[3] + b;
            out.data.push_back(x.data[static_cast<size_t>(from)]);
          }
    set(0, out);
  }

  void compute() const {
    const std::string &op = node.op;
    if (op == "linear")
      linear();
    else if (op == "patch_conv")
      patchConv();
    else if (op == "dwconv")
      dwconv();
    else if (op == "layer_norm")
      layerNorm();
    else if (op == "mean_pool")
      meanPool();
    else if (op == "grn_factor")
      grnFactor();
    else if (op == "relayout")
      relayout();
    else if (op == "cast")
      elementwise([](double v, size_t, size_t, size_t) { return v; });
    else if (op == "gelu")
      elementwise([](double v, size_t, size_t, size_t) {
        return 0.5 * v * std::erfc(-v / std::sqrt(2.0));
      });
    else if (op == "affine")
      elementwise(
          [&](double v, size_t c, size_t, size_t) { return v * in(1).data[c] + in(2).data[c]; });
    else if (op == "scale")
      elementwise([&](double v, size_t c, size_t, size_t) { return v * in(1).data[c]; });
    else if (op == "channel_bias")
      elementwise([&](double v, size_t c, size_t, size_t) { return v + in(1).data[c]; });
    else if (op == "image_scale")
      elementwise([&](double v, size_t c, size_t row, size_t) {
        return v * in(1).data[imageOfRow(row) * static_cast<size_t>(channels()) + c];
      });
    else if (op == "drop_path")
      elementwise(
          [&](double v, size_t, size_t row, size_t) { return v * in(1).data[imageOfRow(row)]; });
    else if (op == "add")
      elementwise([&](double v, size_t, size_t, size_t i) { return v + in(1).data[i]; });
    else if (!computeGradientNaively(graph, node, values))
      throw std::runtime_error("no naive form of " + op);
  }
};

} // namespace

void computeNaively(const KernelGraph &graph, std::map<int, Tensor> &values) {
  for (const Node &node : graph.nodes)
    Naive{graph, node, values}.compute();
}

} // namespace cnx::test
