#include "compiler/tools/train/Schedule.h"
#include "compiler/tools/train/LayerDecay.h"
#include "compiler/tools/train/Metrics.h"
#include "tests/support/catch.h"

#include <cmath>
#include <limits>
#include <numbers>

using namespace cnx;

TEST_CASE("the rate rises in the warm-up and falls by half a cosine") {
  const Schedule schedule{.rate = 0.4, .leastRate = 0.1, .warmUp = 4, .steps = 14};
  const double warm[] = {0.1, 0.2, 0.3, 0.4};
  for (uint64_t step = 0; step < 4; ++step)
    CHECK(schedule.at(step) == Approx(warm[step]));
  CHECK(schedule.at(4) == Approx(0.4));
  CHECK(schedule.at(9) == Approx(0.25)); // half way
  CHECK(schedule.at(13) == Approx(0.1 + 0.15 * (1 - std::cos(std::numbers::pi / 10))));
  CHECK(schedule.at(14) == 0.1);
  CHECK(schedule.at(1000) == 0.1);
  for (uint64_t step = 4; step < 14; ++step)
    CHECK(schedule.at(step + 1) < schedule.at(step));
}

TEST_CASE("a schedule without a warm-up, and one that is all warm-up") {
  CHECK(Schedule{.rate = 1, .leastRate = 0, .warmUp = 0, .steps = 1}.at(0) == 1);
  const Schedule warm{.rate = 1, .leastRate = 0, .warmUp = 2, .steps = 2};
  CHECK(warm.at(0) == 0.5);
  CHECK(warm.at(1) == 1);
  CHECK(warm.at(2) == 0);
}

TEST_CASE("layers are numbered as in ConvNeXt V2's fine-tuning") {
  ModelDesc desc;
  desc.depths = {3, 3, 9, 3}; // 18 blocks
  const auto number = [&](Layer layer, int stage = 0, int block = 0) {
    return layerNumber({layer, stage, block, Part::weight}, desc);
  };
  CHECK(number(Layer::stemConv) == 0);
  CHECK(number(Layer::stemNorm) == 0);
  CHECK(number(Layer::dwconv, 0, 0) == 1);
  CHECK(number(Layer::layerScale, 0, 2) == 3);
  CHECK(number(Layer::downNorm, 1) == 4); // with the stage's first block
  CHECK(number(Layer::downConv, 1) == 4);
  CHECK(number(Layer::fc1, 1, 0) == 4);
  CHECK(number(Layer::downConv, 2) == 7);
  CHECK(number(Layer::fc2, 2, 8) == 15);
  CHECK(number(Layer::downConv, 3) == 16);
  CHECK(number(Layer::grn, 3, 2) == 18);
  CHECK(number(Layer::headNorm) == 19);
  CHECK(number(Layer::headHidden) == 19);
  CHECK(number(Layer::headFc) == 19);

  // Every parameter of a network has a number, and every number a parameter.
  std::vector<int> seen(20);
  for (const LayerTensor &tensor : layerTensors(desc))
    ++seen.at(size_t(layerNumber(tensor.id, desc)));
  for (int count : seen)
    CHECK(count > 0);

  CHECK(layerRateScale({Layer::headFc, 0, 0, Part::bias}, desc, 0.9) == 1);
  CHECK(layerRateScale({Layer::fc2, 3, 2, Part::bias}, desc, 0.9) == Approx(0.9));
  CHECK(layerRateScale({Layer::stemConv, 0, 0, Part::bias}, desc, 0.9) ==
        Approx(0.13508517176729920)); // 0.9 ^ 19
  CHECK(layerRateScale({Layer::stemConv, 0, 0, Part::bias}, desc, 1) == 1);
}

TEST_CASE("cross entropy and accuracy of logits") {
  const float row[] = {1, 2, 3};
  CHECK(crossEntropy(row, 2) == Approx(0.40760596444438));
  CHECK(crossEntropy(row, 0) == Approx(2.40760596444438));
  const float large[] = {1000, 0};
  CHECK(crossEntropy(large, 1) == Approx(1000));
  CHECK(crossEntropy(large, 0) == Approx(0).margin(1e-12));

  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float spoilt[] = {nan, 1, nan, 2, 2};
  CHECK(likeliest(spoilt) == 3);

  const float logits[] = {1, 2, 3, 3, 2, 1, 0, 5, 0};
  const int32_t labels[] = {2, 1, -1};
  Metrics metrics;
  metrics.add(logits, labels, 3);
  CHECK(metrics.samples == 2);
  CHECK(metrics.right == 1);
  CHECK(metrics.accuracy() == 0.5);
  CHECK(metrics.meanLoss() == Approx((0.40760596444438 + 1.40760596444438) / 2));
}
