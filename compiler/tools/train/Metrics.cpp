#include "compiler/tools/train/Metrics.h"

#include <algorithm>
#include <cmath>

namespace cnx {

double crossEntropy(std::span<const float> logits, int label) {
  const double largest = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (float logit : logits)
    sum += std::exp(logit - largest);
  return largest + std::log(sum) - logits[size_t(label)];
}

int likeliest(std::span<const float> logits) {
  size_t best = 0;
  for (size_t i = 1; i < logits.size(); ++i)
    if (logits[i] > logits[best] || std::isnan(logits[best]))
      best = i;
  return int(best);
}

void Metrics::add(std::span<const float> logits, std::span<const int32_t> labels, size_t classes) {
  for (size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] < 0)
      continue;
    const std::span<const float> row = logits.subspan(i * classes, classes);
    loss += crossEntropy(row, labels[i]);
    right += likeliest(row) == labels[i];
    ++samples;
  }
}

} // namespace cnx
