// The packed forms of weights, as the reference reads them. Outputs stand in panels of 16, channels
// are padded to 16: the same for every instruction level, so that one weight file serves all.
#pragma once

#include "ir/HostTensor.h"

namespace cnx::ir {

inline constexpr int64_t kPanelWidth = 16;
constexpr int64_t panels(int64_t n) { return (n + kPanelWidth - 1) / kPanelWidth; }
constexpr int64_t padToPanel(int64_t n) { return panels(n) * kPanelWidth; }

// [rows, inner] from panels [panels(rows), inner, 16]; padding is dropped.
inline HostTensor unpackPanels(const HostTensor &packed, int64_t rows) {
  int64_t inner = packed.extent(1);
  HostTensor matrix({rows, inner});
  for (int64_t n = 0; n < rows; ++n)
    for (int64_t k = 0; k < inner; ++k)
      matrix.at({n, k}) = packed.at({n / kPanelWidth, k, n % kPanelWidth});
  return matrix;
}

} // namespace cnx::ir
