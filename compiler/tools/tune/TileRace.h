// Kernels that compute the same, timed in turn on the same memory.
#pragma once

#include "compiler/kernels/KernelGraph.h"
#include "compiler/tools/BenchCase.h"
#include "compiler/tools/Options.h"

#include <cstdint>
#include <vector>

namespace cnx {

struct RaceOptions {
  double seconds = 10; // in all
  std::vector<unsigned> threads = {1};
  int64_t networkWeightBytes = 0; // so far apart are two uses of a weight
};

// At one number of threads.
struct RaceTime {
  unsigned threads = 1;
  double fast = 0;        // seconds of one run: a tenth of the runs took less
  double median = 0;      // half of them
  Spread peak;            // FMA operations a second, sampled between the turns
  double shareOfPeak = 0; // at the median of both; 0 to 1
};

struct RaceResult {
  size_t kernel = 0; // of those that were given
  std::vector<RaceTime> times;
};

// Times all kernels briefly at the first number of threads, then the first one and the best few
// others again at every number. Returns these, the first kernel first, then by place number. The
// kernels take the same arguments.
std::vector<RaceResult> raceKernels(const std::vector<KernelGraph> &kernels, Level level,
                                    const CompileOptions &build, const RaceOptions &options);

} // namespace cnx
