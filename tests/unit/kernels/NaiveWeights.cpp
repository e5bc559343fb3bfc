#include "tests/unit/kernels/NaiveWeights.h"

namespace cnx::test {

namespace {

// Panels of a weight: output n, tap t, input channel c. What stands in the padding of outputs is
// an output like the others.
struct Panels {
  int64_t outputs, taps, channels;

  Panels(const Tensor &panels, int64_t inputs)
      : outputs(panels.shape[0] * 16), taps(panels.shape[1] / inputs), channels(inputs) {}

  template <typename F> void each(const F &f) const {
    for (int64_t n = 0; n < outputs; ++n)
      for (int64_t t = 0; t < taps; ++t)
        for (int64_t c = 0; c < channels; ++c) {
          const int64_t row = t * channels + c;
          f(static_cast<size_t>(n), static_cast<size_t>(c),
            static_cast<size_t>((n / 16 * taps * channels + row) * 16 + n % 16));
        }
  }
};

Tensor zeros(int64_t n) { return {{n}, std::vector<double>(static_cast<size_t>(n))}; }

} // namespace

bool computeWeightsNaively(const Node &node, std::map<int, Tensor> &values) {
  auto in = [&](size_t i) -> const Tensor & { return values.at(node.inputs.at(i)); };
  auto data = [&](size_t i, size_t at) { return in(i).data[at]; };
  auto padded = [](int64_t n) { return (n + 15) / 16 * 16; };
  const int64_t channels = node.attributes.count("channels") ? node.integer("channels") : 0;
  Tensor out;
  if (node.op == "scale_outputs" && in(0).shape.size() == 1) {
    out = in(0);
    for (size_t n = 0; n < out.data.size(); ++n)
      out.data[n] *= data(1, n);
  } else if (node.op == "scale_outputs") {
    out = in(0);
    Panels(in(0), in(0).shape[1]).each([&](size_t n, size_t, size_t i) {
      out.data[i] *= data(1, n);
    });
  } else if (node.op == "unfold_affine") {
    out = in(0);
    Panels(in(0), channels).each([&](size_t n, size_t c, size_t i) {
      out.data[i] = out.data[i] * data(1, c) + data(2, n) * data(3, c);
    });
  } else if (node.op == "dot_outputs") {
    out = zeros(16 * in(0).shape[0]);
    Panels(in(0), in(0).shape[1]).each([&](size_t n, size_t, size_t i) {
      out.data[n] += data(0, i) * data(1, i);
    });
    if (node.inputs.size() == 4)
      for (size_t n = 0; n < out.data.size(); ++n)
        out.data[n] += data(2, n) * data(3, n);
  } else if (node.op == "dot_inputs" || node.op == "apply_transposed") {
    out = zeros(padded(channels));
    Panels(in(0), channels).each([&](size_t n, size_t c, size_t i) {
      out.data[c] += data(0, i) * (node.op == "dot_inputs" ? data(1, i) : data(1, n));
    });
  } else {
    return false;
  }
  values[node.outputs.at(0)] = out;
  return true;
}

} // namespace cnx::test
