// Prepares batches ahead of the one who uses them, on threads of its own.
#pragma once

#include "compiler/tools/data/DataSource.h"
#include "compiler/tools/data/SampleOrder.h"
#include "compiler/tools/data/SamplePreparation.h"

#include <condition_variable>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

namespace cnx {

struct Batch {
  std::vector<unsigned char> images; // of the full batch's size, one after the other; those beyond
                                     // `count` repeat the first
  std::vector<int32_t> labels;       // of the full batch's size, -1 beyond `count`
  size_t count = 0;
  uint64_t epoch = 0;
};

class BatchLoader {
public:
  struct Options {
    size_t batch = 1;
    unsigned threads = 1;
    size_t ahead = 2; // batches that are prepared or being prepared, besides the one in use
    std::optional<uint64_t> augmentSeed = std::nullopt; // nothing: as in evaluation
  };
  // The next batch's samples, or nothing after the last. Called by one thread at a time.
  using Sequence = std::function<std::optional<BatchPlan>()>;

  // Source and preparation must outlive it.
  BatchLoader(const DataSource &source, const SamplePreparation &preparation, Options options,
              Sequence sequence);
  ~BatchLoader(); // does not wait for batches that nobody will use, but for the images under way
  BatchLoader(const BatchLoader &) = delete;
  BatchLoader &operator=(const BatchLoader &) = delete;

  // The batches in the sequence's order, whichever thread was first; nullptr after the last. Valid
  // until the next call. Throws what preparing the batch threw.
  const Batch *next();

private:
  struct Slot {
    Batch batch;
    std::exception_ptr error;
    bool ready = false;
  };

  void work();
  void fill(const BatchPlan &plan, Batch &batch);

  const DataSource &source_;
  const SamplePreparation &preparation_;
  Options options_;
  Sequence sequence_;

  std::mutex mutex_;
  std::condition_variable room_, ready_;
  std::map<uint64_t, Slot> slots_;   // by number, from the one in use on
  std::vector<Batch> spare_;         // memory of used ones
  uint64_t started_ = 0, taken_ = 0; // numbers of the next to be started and taken
  bool ended_ = false, stop_ = false;
  std::vector<std::thread> threads_;
};

} // namespace cnx
