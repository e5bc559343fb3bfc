#include "compiler/tools/data/RandomStream.h"

#include <iterator>

namespace cnx {

RandomStream::RandomStream(uint64_t seed, Purpose purpose, uint32_t epoch, uint32_t item)
    : seed_(seed), counter_{{0, uint32_t(purpose), epoch, item}} {}

uint32_t RandomStream::next() {
  if (used_ == std::size(words_.word)) {
    words_ = cnx_rt_philox(counter_, seed_);
    ++counter_.word[0];
    used_ = 0;
  }
  return words_.word[used_++];
}

double RandomStream::uniform() {
  const uint64_t high = next() >> 5, low = next() >> 6;
  return double(high << 26 | low) * 0x1p-53;
}

// Lemire, "Fast random integer generation in an interval" (2019): the product's high word, after
// the few low words that would favour some values are thrown away.
uint32_t RandomStream::below(uint32_t limit) {
  const uint32_t unfair = -limit % limit;
  for (;;) {
    const uint64_t product = uint64_t(next()) * limit;
    if (uint32_t(product) >= unfair)
      return uint32_t(product >> 32);
  }
}

} // namespace cnx
