#include "runtime/rt/philox.h"

extern "C" cnx_rt_random_words cnx_rt_philox(cnx_rt_random_words counter, uint64_t key) {
  constexpr uint64_t multiplier0 = 0xD2511F53, multiplier1 = 0xCD9E8D57;
  constexpr uint32_t weyl0 = 0x9E3779B9, weyl1 = 0xBB67AE85;
  uint32_t key0 = static_cast<uint32_t>(key), key1 = static_cast<uint32_t>(key >> 32);
  uint32_t *c = counter.word;
  for (int round = 0; round < 10; ++round) {
    uint64_t product0 = multiplier0 * c[0], product1 = multiplier1 * c[2];
    counter = {
        {static_cast<uint32_t>(product1 >> 32) ^ c[1] ^ key0, static_cast<uint32_t>(product1),
         static_cast<uint32_t>(product0 >> 32) ^ c[3] ^ key1, static_cast<uint32_t>(product0)}};
    key0 += weyl0;
    key1 += weyl1;
  }
  return counter;
}
