#include "compiler/tools/FmaPeak.h"

#include "compiler/tools/Cores.h"

#include <immintrin.h>
#include <vector>

namespace cnx {

namespace {

// Twelve independent sums hide the latency of two FMA units.
constexpr int kSums = 12;
constexpr long kRounds = 400'000;

// The loops are alike but for the vectors; a template cannot carry a target attribute.
__attribute__((target("avx2,fma"))) float loopV3() {
  __m256 sums[kSums], factor = _mm256_set1_ps(0.999f), term = _mm256_set1_ps(0.001f);
  for (int i = 0; i < kSums; ++i)
    sums[i] = _mm256_set1_ps(float(i));
  for (long round = 0; round < kRounds; ++round) {
#pragma GCC unroll 12
    for (int i = 0; i < kSums; ++i)
      sums[i] = _mm256_fmadd_ps(sums[i], factor, term);
    __asm__ volatile("" : "+x"(factor));
  }
  for (int i = 1; i < kSums; ++i)
    sums[0] = _mm256_add_ps(sums[0], sums[i]);
  return _mm256_cvtss_f32(sums[0]);
}

__attribute__((target("avx512f"))) float loopV4() {
  __m512 sums[kSums], factor = _mm512_set1_ps(0.999f), term = _mm512_set1_ps(0.001f);
  for (int i = 0; i < kSums; ++i)
    sums[i] = _mm512_set1_ps(float(i));
  for (long round = 0; round < kRounds; ++round) {
#pragma GCC unroll 12
    for (int i = 0; i < kSums; ++i)
      sums[i] = _mm512_fmadd_ps(sums[i], factor, term);
    __asm__ volatile("" : "+v"(factor));
  }
  for (int i = 1; i < kSums; ++i)
    sums[0] = _mm512_add_ps(sums[0], sums[i]);
  return _mm512_cvtss_f32(sums[0]);
}

} // namespace

double sampleFmaPeak(Level level, std::span<const int> cores) {
  std::vector<float> sinks(cores.size());
  const double seconds = timeOnCores(cores, [&](size_t i) {
    volatile float sink = level == Level::v3 ? loopV3() : loopV4();
    sinks[i] = sink;
  });
  return 2.0 * vectorLanes(level) * kSums * double(kRounds) * double(cores.size()) / seconds;
}

double sampleFmaPeak(Level level, unsigned threads) {
  return sampleFmaPeak(level, std::vector<int>(threads, kAnyCore));
}

} // namespace cnx
