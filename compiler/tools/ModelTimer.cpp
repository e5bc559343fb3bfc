#include "compiler/tools/ModelTimer.h"

#include "compiler/tools/BuiltModel.h"
#include "compiler/tools/FmaPeak.h"
#include "compiler/tools/LoadedModel.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <vector>

namespace cnx {

namespace {

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + long(values.size() / 2), values.end());
  return values[values.size() / 2];
}

} // namespace

ModelTime timeModel(const BuiltModel &built, LoadedModel &model, unsigned threads) {
  using Clock = std::chrono::steady_clock;
  constexpr auto kAtMost = std::chrono::seconds(2);
  constexpr size_t kPasses = 9;

  const InterfaceFacts &facts = built.facts();
  ModelTime time;
  time.batch = facts.batches.front();
  time.threads = threads ? threads : std::max(1u, std::thread::hardware_concurrency());
  const Level level = model.level() == CNX_RT_LEVEL_V4 ? Level::v4 : Level::v3;

  // Floats in [-1, 1]; a network that takes bytes sees them as a picture.
  std::vector<float> image(size_t(facts.image.elements * time.batch));
  for (size_t i = 0; i < image.size(); ++i)
    image[i] = float(i % 251) / 125 - 1;
  std::vector<std::vector<float>> values;
  std::vector<float *> outputs;
  for (const OutputFacts &output : facts.outputs)
    values.emplace_back(size_t(output.elements * time.batch));
  for (std::vector<float> &value : values)
    outputs.push_back(value.data());

  model.forward(int(time.batch), image.data(), outputs); // touches every page
  const double flops = 2.0 * double(built.multiplyAccumulates());
  std::vector<double> seconds, peaks, shares;
  for (auto start = Clock::now(); seconds.size() < kPasses || Clock::now() - start < kAtMost;) {
    const double peak = sampleFmaPeak(level, time.threads);
    const auto before = Clock::now();
    model.forward(int(time.batch), image.data(), outputs);
    const double taken = std::chrono::duration<double>(Clock::now() - before).count();
    seconds.push_back(taken);
    peaks.push_back(peak);
    shares.push_back(flops / taken / peak);
  }
  time.seconds = median(seconds);
  time.flopsPerSecond = flops / time.seconds;
  time.peak = median(peaks);
  time.shareOfPeak = median(shares);
  return time;
}

} // namespace cnx
