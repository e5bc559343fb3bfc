#include "compiler/tools/train/Schedule.h"

#include <cmath>
#include <numbers>

namespace cnx {

double Schedule::at(uint64_t step) const {
  if (step < warmUp)
    return rate * double(step + 1) / double(warmUp);
  if (step >= steps)
    return leastRate;
  const double part = double(step - warmUp) / double(steps - warmUp);
  return leastRate + (rate - leastRate) * (1 + std::cos(std::numbers::pi * part)) / 2;
}

} // namespace cnx
