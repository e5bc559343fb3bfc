#include "compiler/tools/train/TrainProgress.h"

#include <algorithm>
#include <cstdio>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace cnx {

std::string durationText(double seconds) {
  const auto whole = uint64_t(std::max(0.0, seconds) + 0.5);
  return whole < 3600 ? fmt::format("{}:{:02}", whole / 60, whole % 60)
                      : fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

std::string progressText(const ProgressFacts &facts) {
  constexpr size_t width = 20;
  const size_t done = facts.batches ? size_t(width * facts.batch / facts.batches) : 0;
  return fmt::format("{:>3}/{} [{}{}] {}/{}  loss {:.4f}  accuracy {:.1f} %  {:.0f} images/s  {} "
                     "left",
                     facts.epoch, facts.epochs, std::string(done, '#'),
                     std::string(width - done, '.'), facts.batch, facts.batches, facts.loss,
                     100 * facts.accuracy, facts.imagesPerSecond, durationText(facts.secondsLeft));
}

void ImageRate::add(uint64_t images, Clock::time_point now) {
  if (from_ == Clock::time_point()) {
    from_ = now; // the first ones' time is not known
    return;
  }
  images_ += images;
  const double seconds = std::chrono::duration<double>(now - from_).count();
  if (seconds <= 0)
    return;
  rate_ = double(images_) / seconds;
  if (seconds > 4) { // half is forgotten
    images_ /= 2;
    from_ = now - std::chrono::duration_cast<Clock::duration>(
                      std::chrono::duration<double>(double(images_) / rate_));
  }
}

void ImageRate::pause() {
  from_ = {};
  images_ = 0;
}

TrainProgress::TrainProgress() : terminal_(isatty(STDERR_FILENO)) {}

TrainProgress::~TrainProgress() { clear(); }

void TrainProgress::clear() {
  if (drawn_)
    std::fputs("\r\033[K", stderr);
  drawn_ = false;
}

void TrainProgress::show(const ProgressFacts &facts) {
  const auto now = std::chrono::steady_clock::now();
  if (!terminal_ || (drawn_ && now - last_ < std::chrono::milliseconds(100)))
    return;
  clear();
  std::string text = progressText(facts);
  if (winsize size{}; ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1)
    text.resize(
        std::min<size_t>(text.size(), size.ws_col - 1u)); // a wrapped line cannot be cleared
  std::fputs(text.c_str(), stderr);
  std::fflush(stderr);
  drawn_ = true;
  last_ = now;
}

void TrainProgress::line(const std::string &text) {
  clear();
  fmt::print(stderr, "{}\n", text);
}

} // namespace cnx
