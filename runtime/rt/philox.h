// Philox4x32-10, the counter-based generator of Salmon et al., "Parallel random numbers: as easy as
// 1, 2, 3" (2011). A pure function: the same four words for the same counter and key, on every
// machine and in any order.
#pragma once

#include <stdint.h>

extern "C" {

struct cnx_rt_random_words {
  uint32_t word[4];
};

// key: low word first.
cnx_rt_random_words cnx_rt_philox(cnx_rt_random_words counter, uint64_t key);
}
