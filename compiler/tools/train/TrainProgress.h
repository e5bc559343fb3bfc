// How far a training is, on stderr: a line that is written anew where that is a terminal, else
// nothing until the epoch's own line.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace cnx {

// "  3/10 [######......]  120/400  loss 0.5120  accuracy 84.2 %  512 images/s  1:42 left"
struct ProgressFacts {
  uint64_t epoch = 0, epochs = 0;  // from 1
  uint64_t batch = 0, batches = 0; // done of this epoch
  double loss = 0, accuracy = 0;   // of this epoch so far
  double imagesPerSecond = 0;
  double secondsLeft = 0; // of the whole training
};
std::string progressText(const ProgressFacts &facts);
std::string durationText(double seconds); // "1:42", "2:03:04"

// Images a second over the last few seconds.
class ImageRate {
public:
  using Clock = std::chrono::steady_clock;
  void add(uint64_t images, Clock::time_point now);
  void pause(); // what comes now, an evaluation, does not count
  double imagesPerSecond() const { return rate_; }

private:
  Clock::time_point from_{};
  uint64_t images_ = 0;
  double rate_ = 0;
};

class TrainProgress {
public:
  TrainProgress();  // looks whether stderr is a terminal
  ~TrainProgress(); // leaves the cursor on an empty line

  void show(const ProgressFacts &facts); // at most ten times a second
  void line(const std::string &text);    // that stays

private:
  void clear();

  bool terminal_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point last_{};
};

} // namespace cnx
