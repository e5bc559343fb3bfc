// The packed forms of weights and of their gradients, as the reference reads and writes them.
// Outputs stand in panels of 16, channels are padded to 16: the same for every instruction level,
// so that one weight file serves all. Padding is zero.
#pragma once

#include "ir/HostTensor.h"

namespace cnx::ir {

inline constexpr int64_t kPanelWidth = 16;
constexpr int64_t panels(int64_t n) { return (n + kPanelWidth - 1) / kPanelWidth; }
constexpr int64_t padToPanel(int64_t n) { return panels(n) * kPanelWidth; }

// Elements from one innermost row to the next in the arena: rows of activations, [N,H,W,C] and
// [N,C], are padded; other tensors have no channel axis and are dense.
inline int64_t arenaPitch(llvm::ArrayRef<int64_t> shape) {
  const bool hasChannels = shape.size() == 2 || shape.size() == 4;
  return hasChannels ? padToPanel(shape.back()) : shape.back();
}

// Panels [panels(N), inner, 16] of [N, K], or of [Co, Ci, k, k] with inner index (u*k + v)*Ci + c.
inline HostTensor packPanels(const HostTensor &w) {
  int64_t outputs = w.extent(0), inputs = w.extent(1), taps = w.size() / (outputs * inputs);
  HostTensor packed({panels(outputs), taps * inputs, kPanelWidth});
  for (int64_t n = 0; n < outputs; ++n)
    for (int64_t c = 0; c < inputs; ++c)
      for (int64_t t = 0; t < taps; ++t)
        packed.at({n / kPanelWidth, t * inputs + c, n % kPanelWidth}) =
            w[(n * inputs + c) * taps + t];
  return packed;
}

// [rows, inner] from panels [panels(rows), inner, 16]; padding is dropped.
inline HostTensor unpackPanels(const HostTensor &packed, int64_t rows) {
  int64_t inner = packed.extent(1);
  HostTensor matrix({rows, inner});
  for (int64_t n = 0; n < rows; ++n)
    for (int64_t k = 0; k < inner; ++k)
      matrix.at({n, k}) = packed.at({n / kPanelWidth, k, n % kPanelWidth});
  return matrix;
}

// Taps [k, k, C padded to 16] of a depthwise weight [C, 1, k, k].
inline HostTensor packTaps(const HostTensor &w) {
  HostTensor packed({w.extent(2), w.extent(3), padToPanel(w.extent(0))});
  for (int64_t c = 0; c < w.extent(0); ++c)
    for (int64_t u = 0; u < w.extent(2); ++u)
      for (int64_t v = 0; v < w.extent(3); ++v)
        packed.at({u, v, c}) = w.at({c, 0, u, v});
  return packed;
}

// [C padded to 16] of [C].
inline HostTensor padVector(HostTensor v) {
  v.shape = {padToPanel(v.size())};
  v.values.resize(static_cast<std::size_t>(v.shape[0]));
  return v;
}

} // namespace cnx::ir
