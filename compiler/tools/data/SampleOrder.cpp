#include "compiler/tools/data/SampleOrder.h"

#include "compiler/tools/data/DataSource.h"
#include "compiler/tools/data/RandomStream.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace cnx {

namespace {

// Fisher and Yates.
void shuffleBy(RandomStream random, std::vector<size_t> &samples) {
  for (size_t left = samples.size(); left > 1; --left)
    std::swap(samples[left - 1], samples[random.below(uint32_t(left))]);
}

} // namespace

void splitByClass(const DataSource &source, double fraction, uint64_t seed,
                  std::vector<size_t> &train, std::vector<size_t> &validation) {
  std::map<int, std::vector<size_t>> classes;
  for (size_t sample : train)
    classes[source.label(sample)].push_back(sample);
  train.clear();
  for (auto &[label, samples] : classes) {
    shuffleBy(RandomStream(seed, RandomStream::Purpose::split, 0, uint32_t(label)), samples);
    const size_t held =
        std::min(size_t(std::llround(fraction * double(samples.size()))), samples.size() - 1);
    validation.insert(validation.end(), samples.begin(), samples.begin() + long(held));
    train.insert(train.end(), samples.begin() + long(held), samples.end());
  }
  std::sort(train.begin(), train.end());
  std::sort(validation.begin(), validation.end());
}

std::vector<size_t> epochOrder(std::vector<size_t> samples, bool shuffle, uint64_t seed,
                               uint64_t epoch) {
  if (shuffle)
    shuffleBy(RandomStream(seed, RandomStream::Purpose::shuffle, uint32_t(epoch), 0), samples);
  return samples;
}

TrainingOrder::TrainingOrder(std::vector<size_t> samples, size_t batch, bool shuffle, uint64_t seed)
    : samples_(std::move(samples)), batch_(batch), shuffle_(shuffle), seed_(seed) {}

void TrainingOrder::seek(uint64_t batchNumber) { next_ = batchNumber; }

BatchPlan TrainingOrder::next() {
  BatchPlan plan;
  plan.epoch = next_ / batchesAnEpoch();
  if (ordered_ != plan.epoch) {
    order_ = epochOrder(samples_, shuffle_, seed_, plan.epoch);
    ordered_ = plan.epoch;
  }
  const size_t first = size_t(next_ % batchesAnEpoch()) * batch_;
  const size_t last = std::min(first + batch_, order_.size());
  plan.samples.assign(order_.begin() + long(first), order_.begin() + long(last));
  ++next_;
  return plan;
}

} // namespace cnx
