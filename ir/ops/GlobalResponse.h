// Norms of maps and Nrm of global response normalisation, which `grn`, `grn_factor` and its
// derivative share.
#pragma once

#include "ir/HostTensor.h"

#include <cmath>

namespace cnx::ir {

// G[n,c] = sqrt(sum over the map of x^2). x is [N,H,W,C], the result [N,C]; norms stay what they
// are.
inline HostTensor mapNorms(const HostTensor &x) {
  if (x.shape.size() == 2)
    return x;
  int64_t images = x.extent(0), channels = x.channels(), pixels = x.extent(1) * x.extent(2);
  HostTensor norms({images, channels});
  for (int64_t n = 0; n < images; ++n)
    for (int64_t c = 0; c < channels; ++c) {
      double sum = 0;
      for (int64_t p = 0; p < pixels; ++p) {
        double value = x[(n * pixels + p) * channels + c];
        sum += value * value;
      }
      norms.at({n, c}) = std::sqrt(sum);
    }
  return norms;
}

// Nrm = G / (mean over c of G + eps), [N,C].
inline HostTensor globalResponse(const HostTensor &x, double eps) {
  HostTensor response = mapNorms(x);
  int64_t channels = x.channels();
  for (int64_t n = 0; n < x.extent(0); ++n) {
    double mean = 0;
    for (int64_t c = 0; c < channels; ++c)
      mean += response.at({n, c}) / static_cast<double>(channels);
    for (int64_t c = 0; c < channels; ++c)
      response.at({n, c}) /= mean + eps;
  }
  return response;
}

} // namespace cnx::ir
