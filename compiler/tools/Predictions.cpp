#include "compiler/tools/Predictions.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace cnx {

std::vector<Prediction> topPredictions(std::span<const float> logits, size_t count) {
  if (logits.empty())
    return {};
  const double largest = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (float logit : logits)
    sum += std::exp(logit - largest);
  std::vector<int> order(logits.size());
  std::iota(order.begin(), order.end(), 0);
  count = std::min(count, order.size());
  std::partial_sort(order.begin(), order.begin() + long(count), order.end(), [&](int a, int b) {
    return logits[size_t(a)] != logits[size_t(b)] ? logits[size_t(a)] > logits[size_t(b)] : a < b;
  });
  std::vector<Prediction> top;
  for (size_t i = 0; i < count; ++i)
    top.push_back({order[i], std::exp(logits[size_t(order[i])] - largest) / sum});
  return top;
}

} // namespace cnx
