// Nrm[n,c] of global response normalisation, which `grn` and `grn_factor` share.
#pragma once

#include "ir/HostTensor.h"

#include <cmath>

namespace cnx::ir {

// G[n,c] = sqrt(sum over the map of x^2); Nrm = G / (mean over c of G + eps). x is [N,H,W,C], the
// result [N,C].
inline HostTensor globalResponse(const HostTensor &x, double eps) {
  int64_t images = x.extent(0), channels = x.channels(), pixels = x.extent(1) * x.extent(2);
  HostTensor response({images, channels});
  for (int64_t n = 0; n < images; ++n) {
    double mean = 0;
    for (int64_t c = 0; c < channels; ++c) {
      double sum = 0;
      for (int64_t p = 0; p < pixels; ++p) {
        double value = x[(n * pixels + p) * channels + c];
        sum += value * value;
      }
      response.at({n, c}) = std::sqrt(sum);
      mean += response.at({n, c}) / static_cast<double>(channels);
    }
    for (int64_t c = 0; c < channels; ++c)
      response.at({n, c}) /= mean + eps;
  }
  return response;
}

} // namespace cnx::ir
