#include "compiler/tools/data/BatchLoader.h"

#include <algorithm>

namespace cnx {

BatchLoader::BatchLoader(const DataSource &source, const SamplePreparation &preparation,
                         Options options, Sequence sequence)
    : source_(source), preparation_(preparation), options_(options),
      sequence_(std::move(sequence)) {
  for (unsigned i = 0; i < std::max(1u, options_.threads); ++i)
    threads_.emplace_back([this] { work(); });
}

BatchLoader::~BatchLoader() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  room_.notify_all();
  for (std::thread &thread : threads_)
    thread.join();
}

void BatchLoader::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    room_.wait(lock, [&] {
      return stop_ || ended_ || started_ < taken_ + std::max<size_t>(1, options_.ahead);
    });
    if (stop_ || ended_)
      return;
    std::optional<BatchPlan> plan = sequence_();
    if (!plan) {
      ended_ = true;
      room_.notify_all();
      ready_.notify_all();
      return;
    }
    Slot &slot = slots_[started_++]; // a map's elements stay where they are
    if (!spare_.empty()) {
      slot.batch = std::move(spare_.back());
      spare_.pop_back();
    }
    lock.unlock();
    std::exception_ptr error;
    try {
      fill(*plan, slot.batch);
    } catch (...) {
      error = std::current_exception();
    }
    lock.lock();
    slot.error = error;
    slot.ready = true;
    ready_.notify_all();
  }
}

void BatchLoader::fill(const BatchPlan &plan, Batch &batch) {
  const size_t bytes = preparation_.inputBytes();
  batch.count = plan.samples.size();
  batch.epoch = plan.epoch;
  batch.images.resize(bytes * options_.batch);
  batch.labels.assign(options_.batch, -1);
  for (size_t i = 0; i < batch.count; ++i) {
    const size_t sample = plan.samples[i];
    {
      std::lock_guard lock(mutex_);
      if (stop_)
        return;
    }
    unsigned char *input = batch.images.data() + i * bytes;
    const std::string name = source_.name(sample);
    const DataImage image = source_.read(sample);
    if (options_.augmentSeed)
      preparation_.augment(image, name,
                           RandomStream(*options_.augmentSeed, RandomStream::Purpose::augment,
                                        uint32_t(plan.epoch), uint32_t(sample)),
                           input);
    else
      preparation_.evaluate(image, name, input);
    batch.labels[i] = source_.label(sample);
  }
  for (size_t i = batch.count; i < options_.batch; ++i)
    std::copy_n(batch.images.begin(), bytes, batch.images.begin() + long(i * bytes));
}

const Batch *BatchLoader::next() {
  std::unique_lock lock(mutex_);
  if (const auto used = taken_ > 0 ? slots_.find(taken_ - 1) : slots_.end(); used != slots_.end()) {
    spare_.push_back(std::move(used->second.batch));
    slots_.erase(used);
  }
  ready_.wait(lock, [&] {
    const auto slot = slots_.find(taken_);
    return slot != slots_.end() ? slot->second.ready : ended_;
  });
  const auto slot = slots_.find(taken_);
  if (slot == slots_.end())
    return nullptr;
  if (slot->second.error)
    std::rethrow_exception(slot->second.error);
  ++taken_;
  room_.notify_all();
  return &slot->second.batch;
}

} // namespace cnx
