// The counters of random numbers, and the factors of drop path.
#include "runtime/rt/philox.h"
#include "runtime/rt/training.h"

extern "C" {

void cnx_rt_training_random(cnx_rt_training *training, uint64_t seed, uint64_t step,
                            uint64_t first_sample) {
  training->seed = seed;
  training->step = step;
  training->sample = first_sample;
}

void cnx_rt_training_advance(cnx_rt_training *training, int samples) {
  training->sample += static_cast<uint64_t>(samples);
}

// Word 0 of counter (sample, site, step low, step high) under the key `seed`; dropped below
// floor(rate * 2^32), so that the bias is below 2^-32.
void cnx_rt_training_drop_factors(const cnx_rt_training *training, int batch, int site, double rate,
                                  float *factors) {
  uint64_t threshold = static_cast<uint64_t>(rate * 4294967296.0);
  float kept = static_cast<float>(1 / (1 - rate));
  for (int n = 0; n < batch; ++n) {
    cnx_rt_random_words words =
        cnx_rt_philox({{static_cast<uint32_t>(training->sample + static_cast<uint64_t>(n)),
                        static_cast<uint32_t>(site), static_cast<uint32_t>(training->step),
                        static_cast<uint32_t>(training->step >> 32)}},
                      training->seed);
    factors[n] = words.word[0] >= threshold ? kept : 0;
  }
}

} // extern "C"
