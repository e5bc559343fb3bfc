// Which samples are trained on, and in which order: functions of the seed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace cnx {

class DataSource;

// Moves `fraction` of each class, rounded, from `train` to `validation`; both stay ascending, and
// each class keeps at least one sample to train with.
void splitByClass(const DataSource &source, double fraction, uint64_t seed,
                  std::vector<size_t> &train, std::vector<size_t> &validation);

// The samples in the order of an epoch: shuffled by (seed, epoch), or as they are.
std::vector<size_t> epochOrder(std::vector<size_t> samples, bool shuffle, uint64_t seed,
                               uint64_t epoch);

// The samples of one batch, at most its size.
struct BatchPlan {
  std::vector<size_t> samples;
  uint64_t epoch = 0;
};

// The batches of one epoch after another, without end. The last of an epoch may be smaller.
class TrainingOrder {
public:
  TrainingOrder(std::vector<size_t> samples, size_t batch, bool shuffle, uint64_t seed);

  size_t batchesAnEpoch() const { return (samples_.size() + batch_ - 1) / batch_; }
  void seek(uint64_t batchNumber); // counted from the first epoch's first
  BatchPlan next();

private:
  std::vector<size_t> samples_, order_;
  size_t batch_;
  bool shuffle_;
  uint64_t seed_;
  uint64_t next_ = 0;               // number of the next batch
  std::optional<uint64_t> ordered_; // the epoch whose order stands in order_
};

} // namespace cnx
