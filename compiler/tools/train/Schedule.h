// The learning rate of each step.
#pragma once

#include <cstdint>

namespace cnx {

struct Schedule {
  double rate = 1e-3;   // the highest
  double leastRate = 0; // that of the end
  uint64_t warmUp = 0;  // steps in which it rises from rate / warmUp to rate
  uint64_t steps = 0;   // in all; then half a cosine falls from rate towards leastRate

  // step counts from 0; beyond the last one the rate stays at its end.
  double at(uint64_t step) const;
};

} // namespace cnx
