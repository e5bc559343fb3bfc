#include "tests/unit/kernels/NaiveGradients.h"

#include "tests/unit/kernels/NaiveWeights.h"

#include <cmath>

namespace cnx::test {

namespace {

// Elements by index, zero outside: of maps [N,H,W,C], and of anything shorter by its last indices.
struct View {
  const Tensor &tensor;
  double operator()(int64_t n, int64_t y, int64_t x, int64_t c) const {
    const std::vector<int64_t> &s = tensor.shape;
    if (y < 0 || x < 0 || y >= s[1] || x >= s[2])
      return 0;
    return tensor.data[static_cast<size_t>(((n * s[1] + y) * s[2] + x) * s[3] + c)];
  }
};

int64_t count(const std::vector<int64_t> &shape) {
  int64_t n = 1;
  for (int64_t extent : shape)
    n *= extent;
  return n;
}

// In a parameter's packed form: panels [ceil(N/16), K, 16], with the input channel innermost in K,
// of [N, ...]; taps [k, k, Cp] of [C, 1, k, k]; [Np] of [N].
Tensor pack(const Tensor &plain, const std::vector<int64_t> &shape, bool taps) {
  Tensor packed{shape, std::vector<double>(static_cast<size_t>(count(shape)))};
  const std::vector<int64_t> &s = plain.shape;
  for (int64_t i = 0; i < count(s); ++i) {
    int64_t to = i;
    if (taps) {
      const int64_t area = s[2] * s[3];
      to = i % area * shape[2] + i / area;
    } else if (shape.size() == 3) {
      const int64_t area = s.size() == 4 ? s[2] * s[3] : 1;
      const int64_t n = i / (s[1] * area), c = i / area % s[1], tap = i % area;
      to = (n / 16 * shape[1] + tap * s[1] + c) * 16 + n % 16;
    }
    packed.data[static_cast<size_t>(to)] = plain.data[static_cast<size_t>(i)];
  }
  return packed;
}

struct Gradient {
  const KernelGraph &graph;
  const Node &node;
  std::map<int, Tensor> &values;

  const Tensor &in(size_t i) const { return values.at(node.inputs.at(i)); }
  int64_t width(size_t i) const { return in(i).shape.back(); }
  int64_t rows(size_t i) const { return count(in(i).shape) / width(i); }
  double at(size_t i, int64_t row, int64_t c) const {
    return in(i).data[static_cast<size_t>(row * width(i) + c)];
  }
  double eps() const { return node.inputs.size() > 3 ? in(3).data.at(0) : node.number("eps"); }

  // A tensor whose element (row, column of the last axis) is f(row, column).
  template <typename F>
  void set(size_t result, const std::vector<int64_t> &shape, const F &f) const {
    if (node.outputs.size() <= result || node.outputs[result] < 0)
      return;
    Tensor out{shape, {}};
    for (int64_t i = 0; i < count(shape); ++i)
      out.data.push_back(f(i / shape.back(), i % shape.back()));
    const std::vector<int64_t> &asked =
        graph.values[static_cast<size_t>(node.outputs[result])].shape;
    values[node.outputs[result]] =
        asked == shape ? out : pack(out, asked, node.op == "dwconv_grad_weight");
  }
  template <typename F> static double sum(int64_t n, const F &term) {
    double total = 0;
    for (int64_t i = 0; i < n; ++i)
      total += term(i);
    return total;
  }

  void geluGrad() const {
    set(0, in(0).shape, [&](int64_t r, int64_t c) {
      const double x = at(1, r, c);
      return at(0, r, c) * (0.5 * std::erfc(-x / std::sqrt(2.0)) +
                            x * std::exp(-0.5 * x * x) / std::sqrt(2 * std::acos(-1.0)));
    });
  }

  void layerNormGrad() const {
    const int64_t n = width(0);
    set(0, in(0).shape, [&](int64_t r, int64_t c) {
      const double mean = sum(n, [&](int64_t k) { return at(0, r, k); }) / double(n);
      const double along = sum(n, [&](int64_t k) { return at(0, r, k) * at(1, r, k); }) / double(n);
      return in(2).data[static_cast<size_t>(r)] * (at(0, r, c) - mean - at(1, r, c) * along);
    });
  }

  void meanPoolGrad() const {
    const int64_t h = node.integer("height"), w = node.integer("width");
    set(0, {in(0).shape[0], h, w, width(0)},
        [&](int64_t r, int64_t c) { return at(0, r / (h * w), c) / double(h * w); });
  }

  void sums(bool product, bool perImage) const {
    const int64_t groups = perImage ? in(0).shape[0] : 1, each = rows(0) / groups;
    set(0, perImage ? std::vector<int64_t>{groups, width(0)} : std::vector<int64_t>{width(0)},
        [&](int64_t g, int64_t c) {
          return sum(each, [&](int64_t k) {
            return at(0, g * each + k, c) * (product ? at(1, g * each + k, c) : 1);
          });
        });
  }

  void linearGradInput() const {
    std::vector<int64_t> shape = in(0).shape;
    shape.back() = width(1);
    set(0, shape, [&](int64_t r, int64_t k) {
      return sum(width(0), [&](int64_t n) { return at(0, r, n) * at(1, n, k); });
    });
  }

  void linearGradWeight() const {
    set(0, {width(0), width(1)}, [&](int64_t n, int64_t k) {
      return sum(rows(0), [&](int64_t r) { return at(0, r, n) * at(1, r, k); });
    });
  }

  void patchConvGradInput() const {
    const int64_t k = node.integer("kernel"), h = node.integer("height"), w = node.integer("width");
    const bool panels = in(1).shape.size() == 3; // of the transposed weight
    const int64_t channels = panels ? node.integer("channels") : in(1).shape[1];
    const View dy{in(0)}, plain{in(1)};
    auto weight = [&](int64_t o, int64_t c, int64_t u, int64_t v) {
      const int64_t row = (u * k + v) * channels + c;
      return panels ? in(1).data[static_cast<size_t>((row / 16 * width(0) + o) * 16 + row % 16)]
                    : plain(o, c, u, v);
    };
    set(0, {in(0).shape[0], h, w, channels}, [&](int64_t r, int64_t c) {
      const int64_t n = r / (h * w), y = r / w % h, x = r % w;
      return sum(width(0),
                 [&](int64_t o) { return dy(n, y / k, x / k, o) * weight(o, c, y % k, x % k); });
    });
  }

  double transposedGain(int64_t n, int64_t k) const {
    if (node.inputs.size() < 2)
      return 1;
    if (node.attributes.at("of") == AttributeValue("outputs"))
      return in(1).data[static_cast<size_t>(n)];
    return in(1).data[static_cast<size_t>(
        node.attributes.count("channels") ? k % node.integer("channels") : k)];
  }

  void transposePanels() const {
    const int64_t features = node.integer("features"), depth = in(0).shape[1];
    set(0, {(depth + 15) / 16, features, 16}, [&](int64_t r, int64_t lane) {
      const int64_t k = r / features * 16 + lane, n = r % features;
      return k < depth ? in(0).data[static_cast<size_t>((n / 16 * depth + k) * 16 + n % 16)] *
                             transposedGain(n, k)
                       : 0;
    });
  }

  void blockSquares() const {
    set(0, {rows(0)}, [&](int64_t, int64_t row) {
      return sum(width(0), [&](int64_t c) { return at(0, row, c) * at(0, row, c); });
    });
  }

  // Over all elements (n, i, j) of dy's map.
  template <typename F> double overMap(const F &term) const {
    const std::vector<int64_t> &s = in(0).shape;
    return sum(s[0] * s[1] * s[2],
               [&](int64_t p) { return term(p / (s[1] * s[2]), p / s[2] % s[1], p % s[2]); });
  }

  void patchConvGradWeight() const {
    const int64_t k = node.integer("kernel"), channels = width(1);
    const View dy{in(0)}, input{in(1)};
    set(0, {width(0), channels, k, k}, [&](int64_t r, int64_t v) {
      const int64_t o = r / (channels * k), c = r / k % channels, u = r % k;
      return overMap([&](int64_t n, int64_t i, int64_t j) {
        return dy(n, i, j, o) * input(n, k * i + u, k * j + v, c);
      });
    });
  }

  void dwconvGradInput() const {
    const int64_t k = node.integer("kernel");
    const View dy{in(0)};
    const std::vector<int64_t> &s = in(0).shape;
    set(0, s, [&](int64_t r, int64_t c) {
      const int64_t n = r / (s[1] * s[2]), i = r / s[2] % s[1], j = r % s[2];
      return sum(k * k, [&](int64_t t) {
        return dy(n, i + k / 2 - t / k, j + k / 2 - t % k, c) * at(1, t, c);
      });
    });
  }

  void dwconvGradWeight() const {
    const int64_t k = node.integer("kernel");
    const View dy{in(0)}, input{in(1)};
    set(0, {width(0), 1, k, k}, [&](int64_t r, int64_t v) {
      const int64_t c = r / k, u = r % k;
      return overMap([&](int64_t n, int64_t i, int64_t j) {
        return dy(n, i, j, c) * input(n, i + u - k / 2, j + v - k / 2, c);
      });
    });
  }

  // Of the map of image n and channel c; operand 0 may have it.
  double norm(int64_t n, int64_t c) const {
    if (in(0).shape.size() == 2)
      return at(0, n, c);
    const int64_t pixels = in(0).shape[1] * in(0).shape[2];
    return std::sqrt(sum(
        pixels, [&](int64_t p) { return at(0, n * pixels + p, c) * at(0, n * pixels + p, c); }));
  }

  void imageNorm() const {
    set(0, {in(0).shape[0], width(0)}, [&](int64_t n, int64_t c) { return norm(n, c); });
  }

  void grnFactorGrad() const {
    const int64_t channels = width(0);
    auto divisor = [&](int64_t n) {
      return sum(channels, [&](int64_t c) { return norm(n, c); }) / double(channels) + eps();
    };
    auto scaled = [&](int64_t n, int64_t c) {
      return in(1).data[static_cast<size_t>(c)] * at(2, n, c);
    };
    set(0, in(2).shape, [&](int64_t n, int64_t c) {
      const double d = divisor(n), g = norm(n, c);
      const double mean = sum(channels, [&](int64_t k) { return scaled(n, k) * norm(n, k) / d; }) /
                          double(channels);
      return g > 0 ? (scaled(n, c) - mean) / (d * g) : 0;
    });
    set(1, {channels}, [&](int64_t, int64_t c) {
      return sum(in(2).shape[0], [&](int64_t n) { return at(2, n, c) * norm(n, c) / divisor(n); });
    });
  }

  void softmaxXent() const {
    const int64_t classes = width(0);
    auto logSum = [&](int64_t n) {
      return std::log(sum(classes, [&](int64_t k) { return std::exp(at(0, n, k)); }));
    };
    auto weight = [&](int64_t n) { return in(2).data[static_cast<size_t>(n)]; };
    set(0, {1}, [&](int64_t, int64_t) {
      return sum(rows(0), [&](int64_t n) {
        return weight(n) *
               sum(classes, [&](int64_t k) { return at(1, n, k) * (logSum(n) - at(0, n, k)); });
      });
    });
    set(1, in(0).shape, [&](int64_t n, int64_t k) {
      const double mass = sum(classes, [&](int64_t j) { return at(1, n, j); });
      return weight(n) * (std::exp(at(0, n, k) - logSum(n)) * mass - at(1, n, k));
    });
  }
};

} // namespace

bool computeGradientNaively(const KernelGraph &graph, const Node &node,
                            std::map<int, Tensor> &values) {
  const Gradient gradient{graph, node, values};
  const std::string &op = node.op;
  if (op == "gelu_grad")
    gradient.geluGrad();
  else if (op == "layer_norm_grad")
    gradient.layerNormGrad();
  else if (op == "mean_pool_grad")
    gradient.meanPoolGrad();
  else if (op == "sum_rows")
    gradient.sums(false, false);
  else if (op == "sum_rows_product")
    gradient.sums(true, false);
  else if (op == "sum_image_product")
    gradient.sums(true, true);
  else if (op == "transpose_panels")
    gradient.transposePanels();
  else if (op == "block_squares")
    gradient.blockSquares();
  else if (op == "linear_grad_input")
    gradient.linearGradInput();
  else if (op == "linear_grad_weight")
    gradient.linearGradWeight();
  else if (op == "patch_conv_grad_input")
    gradient.patchConvGradInput();
  else if (op == "patch_conv_grad_weight")
    gradient.patchConvGradWeight();
  else if (op == "dwconv_grad_input")
    gradient.dwconvGradInput();
  else if (op == "dwconv_grad_weight")
    gradient.dwconvGradWeight();
  else if (op == "grn_factor_grad")
    gradient.grnFactorGrad();
  else if (op == "softmax_xent")
    gradient.softmaxXent();
  else if (op == "image_norm")
    gradient.imageNorm();
  else
    return computeWeightsNaively(node, values);
  return true;
}

} // namespace cnx::test
