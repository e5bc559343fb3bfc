#include "compiler/tools/MemorySpeed.h"

#include "compiler/tools/Cores.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <immintrin.h>
#include <memory>

namespace cnx {

namespace {

constexpr size_t kLine = 64;
constexpr int64_t kSmallest = 16 << 10, kLargest = 512 << 20;
constexpr int kSamples = 7;
constexpr size_t kBytesASample = 4 << 20; // at least

struct Free {
  void operator()(char *memory) const { std::free(memory); }
};
using Part = std::unique_ptr<char, Free>;

__attribute__((target("avx2"))) void readAll(const char *memory, size_t bytes) {
  __m256i sums[4] = {};
  for (size_t i = 0; i < bytes; i += 2 * kLine)
    for (size_t k = 0; k < 4; ++k)
      sums[k] = _mm256_xor_si256(
          sums[k], _mm256_load_si256(reinterpret_cast<const __m256i *>(memory + i + 32 * k)));
  for (__m256i &sum : sums)
    __asm__ volatile("" : "+x"(sum));
}

} // namespace

double MemorySpeed::measured(std::map<int64_t, double> &known, int64_t bytes, bool copying) {
  const int64_t size = int64_t(std::bit_floor(uint64_t(std::clamp(bytes, kSmallest, kLargest))));
  auto found = known.find(size);
  if (found != known.end())
    return found->second;

  const size_t part = std::max(size_t(size) / cores_.size() / (4 * kLine) * (4 * kLine), 4 * kLine);
  const size_t turns = std::max(size_t(1), kBytesASample / part);
  std::vector<Part> parts;
  for (size_t i = 0; i < cores_.size(); ++i)
    parts.emplace_back(static_cast<char *>(std::aligned_alloc(4096, (part + 4095) / 4096 * 4096)));
  double best = 0;
  for (int sample = 0; sample <= kSamples; ++sample) {
    const double seconds = timeOnCores(cores_, [&](size_t i) {
      char *memory = parts[i].get();
      if (sample == 0) { // pages and caches
        std::memset(memory, 1, part);
        return;
      }
      for (size_t turn = 0; turn < turns; ++turn)
        if (copying)
          std::memcpy(memory + part / 2, memory, part / 2);
        else
          readAll(memory, part);
      __asm__ volatile("" : : "r"(memory) : "memory");
    });
    if (sample > 0)
      best = std::max(best, double(part * turns * cores_.size()) / seconds);
  }
  return known[size] = best;
}

} // namespace cnx
