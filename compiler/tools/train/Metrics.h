// How good logits are, in double.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace cnx {

// log(sum(exp(logits))) - logits[label].
double crossEntropy(std::span<const float> logits, int label);
// Of the largest logit, the first of equal ones; NaN is never the largest.
int likeliest(std::span<const float> logits);

// Sums over samples.
struct Metrics {
  double loss = 0;
  uint64_t samples = 0, right = 0;

  // A row of `classes` logits for each label; rows whose label is -1 do not count.
  void add(std::span<const float> logits, std::span<const int32_t> labels, size_t classes);
  double meanLoss() const { return loss / double(samples); }
  double accuracy() const { return double(right) / double(samples); }
  bool operator==(const Metrics &) const = default;
};

} // namespace cnx
