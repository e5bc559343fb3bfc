// Random numbers that are a function of what they are for, not of when or where they are drawn.
#pragma once

#include "runtime/rt/philox.h"

#include <cstdint>

namespace cnx {

class RandomStream {
public:
  // Numbers under one seed for different purposes have nothing in common.
  enum class Purpose : uint32_t { split = 0xda7a0001, shuffle, augment };

  RandomStream(uint64_t seed, Purpose purpose, uint32_t epoch, uint32_t item);

  uint32_t next();
  double uniform();               // [0, 1), 53 bits
  uint32_t below(uint32_t limit); // each of 0 .. limit - 1 alike; limit > 0

private:
  uint64_t seed_;
  cnx_rt_random_words counter_; // number of the block of words, purpose, epoch, item
  cnx_rt_random_words words_{};
  unsigned used_ = 4;
};

} // namespace cnx
