#include "compiler/tools/FmaPeak.h"

#include <chrono>
#include <immintrin.h>
#include <thread>
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

double sampleFmaPeak(Level level, unsigned threads) {
  volatile float sink = 0;
  auto loop = [&] { sink = level == Level::v3 ? loopV3() : loopV4(); };
  auto start = std::chrono::steady_clock::now();
  std::vector<std::thread> others;
  for (unsigned i = 1; i < threads; ++i)
    others.emplace_back([&] { level == Level::v3 ? loopV3() : loopV4(); });
  loop();
  for (std::thread &other : others)
    other.join();
  std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  return 2.0 * vectorLanes(level) * kSums * double(kRounds) * threads / seconds.count();
}

} // namespace cnx
