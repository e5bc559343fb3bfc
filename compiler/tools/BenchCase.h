// What `cnx bench` measures: passes of one batch on a number of threads, and their launches.
#pragma once

#include "compiler/kernels/KernelGraph.h"
#include "compiler/plan/Program.h"

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
  double flops = 0; // of a pass: two a multiply-accumulate of convolutions and linear layers
  size_t repeats = 0, passes = 0;
  double first = 0;          // seconds of the first pass, with its page faults
  Spread seconds;            // of a pass
  Spread peak;               // FMA operations a second, sampled before and after each repeat
  double shareOfPeak = 0;    // median over the repeats, each against its own samples
  double shareAtMinimum = 0; // the fastest pass against the highest sample: never flatters
};

// A launch's time is the median over the profile's passes; the bound is what the machine's
// measured speeds leave as the least time for its work.
struct LaunchProfile {
  const PlanLaunch *launch = nullptr;
  double seconds = 0;
  double flops = 0;                            // as in CaseTime
  double weightBytes = 0, activationBytes = 0; // each array once
  double fmaSeconds = 0, memorySeconds = 0;
  double bound() const { return fmaSeconds > memorySeconds ? fmaSeconds : memorySeconds; }
};

struct LaunchEvent {
  size_t launch = 0;         // index into CaseProfile::launches
  double begin = 0, end = 0; // seconds since the profile's start
};

// Medians over the passes.
struct CaseProfile {
  std::vector<LaunchProfile> launches; // in the program's order
  double seconds = 0;                  // of a pass
  double between = 0;                  // of these, outside of launches
  double peak = 0;                     // FMA operations a second
  size_t passes = 0;
  std::vector<LaunchEvent> events; // of the last passes
};

struct BenchCase {
  Level level = Level::v3;
  unsigned threads = 1;
  const PlanProgram *program = nullptr;
  CaseTime time{};
  CaseProfile profile{};
};

// Fills `time` of all cases, whose programs are of this model's plan. Repeats of the cases take
// turns, so that they meet the same machine. Every thread is pinned.
void timeCases(const BuiltModel &built, const Plan &plan, const BenchOptions &options,
               std::vector<BenchCase> &cases);
// Fills `profile`, in a context of its own: hooks cost some nanoseconds a launch.
void profileCase(const BuiltModel &built, const Plan &plan, const BenchOptions &options,
                 BenchCase &benchCase);

} // namespace cnx
