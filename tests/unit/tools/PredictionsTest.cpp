#include "compiler/tools/Predictions.h"

#include "tests/support/catch.h"

#include <cmath>

using namespace cnx;

TEST_CASE("the best classes, best first") {
  std::vector<float> logits{std::log(1.f), std::log(5.f), std::log(3.f), std::log(1.f)};
  std::vector<Prediction> top = topPredictions(logits, 3);
  REQUIRE(top.size() == 3);
  CHECK(top[0].label == 1);
  CHECK(top[0].probability == Approx(0.5));
  CHECK(top[1].label == 2);
  CHECK(top[1].probability == Approx(0.3));
  CHECK(top[2].label == 0);
}

TEST_CASE("large logits do not overflow") {
  std::vector<float> logits{1000, 999, -1e30f};
  std::vector<Prediction> top = topPredictions(logits, 5);
  REQUIRE(top.size() == 3);
  CHECK(top[0].probability == Approx(1 / (1 + std::exp(-1.0))));
  CHECK(top[2].probability == 0);
}

TEST_CASE("no logits, no predictions") { CHECK(topPredictions({}, 5).empty()); }
