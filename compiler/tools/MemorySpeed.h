// How fast this machine moves arrays of a given size: the other roof of a roofline.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

namespace cnx {

class MemorySpeed {
public:
  explicit MemorySpeed(std::vector<int> cores) : cores_(std::move(cores)) {} // a thread each

  // Bytes a second, best of a few milliseconds, of reading `bytes` again and again, or of copying
  // one half of them to the other (read and written bytes both count). Sizes are rounded down to a
  // power of two, which is never slower, and remembered.
  double read(int64_t bytes) { return measured(reads_, bytes, false); }
  double copy(int64_t bytes) { return measured(copies_, bytes, true); }

private:
  double measured(std::map<int64_t, double> &known, int64_t bytes, bool copying);

  std::vector<int> cores_;
  std::map<int64_t, double> reads_, copies_;
};

} // namespace cnx
