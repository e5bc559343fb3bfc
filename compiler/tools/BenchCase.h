// What `cnx bench` measures: passes or training steps of one batch on a number of threads, and
// their launches. What is said of a pass holds for a step.
#pragma once

#include "compiler/kernels/KernelGraph.h"
#include "compiler/tools/BenchWork.h"

#include <string>
#include <vector>

namespace cnx {

class BuiltModel;

// Of a few values that should be equal.
struct Spread {
  double minimum = 0, median = 0, maximum = 0;
};
Spread spreadOf(std::vector<double> values); // not empty

struct BenchOptions {
  std::vector<unsigned> threads = {1};
  double seconds = 3; // a case, shared by its repeats
  size_t repeats = 0; // instead of seconds, where not 0
};

struct CaseTime {
  double flops = 0; // of a pass (BenchWork.h)
  size_t repeats = 0, passes = 0;
  double first = 0;          // seconds of the first pass, with its page faults
  Spread seconds;            // of a pass
  Spread peak;               // FMA operations a second, sampled before and after each repeat
  double shareOfPeak = 0;    // median over the repeats, each against its own samples
  double shareAtMinimum = 0; // the fastest pass against the highest sample: never flatters
};

// A launch's time is the median over the profile's passes; the bound is what the machine's
// measured speeds leave as the least time for its work. All of a pass: of a launch that a step
// makes once a micro-batch the sum.
struct LaunchProfile {
  const PlanLaunch *launch = nullptr;
  std::string section;
  size_t times = 1;
  double seconds = 0;
  double flops = 0; // as in CaseTime
  // Each array once; twice where it is changed in place.
  double weightBytes = 0, activationBytes = 0, inPlaceBytes = 0;
  double fmaSeconds = 0, memorySeconds = 0;
  double bytes() const { return weightBytes + activationBytes + inPlaceBytes; }
  double bound() const { return fmaSeconds > memorySeconds ? fmaSeconds : memorySeconds; }
};

struct LaunchEvent {
  size_t launch = 0;         // index into BenchWork::launches
  double begin = 0, end = 0; // seconds since the profile's start
};

// Medians over the passes.
struct CaseProfile {
  std::vector<LaunchProfile> launches; // in the order of the work's
  double seconds = 0;                  // of a pass
  double between = 0;                  // of these, outside of launches
  double peak = 0;                     // FMA operations a second
  size_t passes = 0;
  std::vector<LaunchEvent> events; // of the last passes
};

struct BenchCase {
  Level level = Level::v3;
  unsigned threads = 1;
  BenchWork work{};
  CaseTime time{};
  CaseProfile profile{};
};

// Fills `time` of all cases, whose work is of this model's plan. Repeats of the cases take turns,
// so that they meet the same machine. Every thread is pinned.
void timeCases(const BuiltModel &built, const Plan &plan, const BenchOptions &options,
               std::vector<BenchCase> &cases);
// Fills `profile`, in a context of its own: hooks cost some nanoseconds a launch.
void profileCase(const BuiltModel &built, const Plan &plan, const BenchOptions &options,
                 BenchCase &benchCase);

} // namespace cnx
