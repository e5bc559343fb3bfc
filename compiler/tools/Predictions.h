// From logits to what a person reads.
#pragma once

#include <span>
#include <vector>

namespace cnx {

struct Prediction {
  int label = 0;
  double probability = 0;
};

// The most probable classes by softmax, best first, the lower index first where they are equal; as
// many as there are where `count` asks for more.
std::vector<Prediction> topPredictions(std::span<const float> logits, size_t count);

} // namespace cnx
