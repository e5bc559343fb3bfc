#include "compiler/tools/tune/TileRace.h"

#include "compiler/tools/ArgumentMemory.h"
#include "compiler/tools/BenchContext.h"
#include "compiler/tools/Cores.h"
#include "compiler/tools/FmaPeak.h"
#include "compiler/tools/KernelProgram.h"
#include "compiler/tools/Work.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <numeric>
#include <random>

namespace cnx {

namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kFewestRounds = 3, kFinalists = 5; // beside the first kernel
constexpr double kTurnSeconds = 2e-3;
constexpr int64_t kMostWeightBytes = int64_t{512} << 20;

// The arguments that all kernels run on: weights many times, so that a run meets them as cold as a
// pass of the network does; activations once, as they were written a moment ago.
class Arguments {
public:
  Arguments(const KernelGraph &graph, int64_t networkWeightBytes) {
    std::mt19937_64 random(1);
    int64_t weightBytes = 0;
    for (const Value &value : graph.values)
      weightBytes += value.role == Role::weight ? value.elements() * 4 : 0;
    const int64_t wanted = std::min(networkWeightBytes, kMostWeightBytes);
    const int64_t copies = weightBytes ? std::max<int64_t>(1, wanted / weightBytes) : 1;
    pointers_.resize(size_t(copies));
    for (int argument : graph.arguments()) {
      const Value &value = graph.values[size_t(argument)];
      if (value.role == Role::scalar) {
        scalars_.push_back(1e-6f);
        continue;
      }
      const std::vector<double> values = drawArgument(value, random);
      for (size_t copy = 0; copy < pointers_.size(); ++copy) {
        if (copy == 0 || value.role == Role::weight) {
          memory_.push_back(std::make_unique<ArgumentMemory>(value, 0.f));
          memory_.back()->write(values);
        }
        pointers_[copy].push_back(memory_.back()->data());
      }
    }
  }

  double run(const KernelThreads &threads, size_t kernel) {
    const std::vector<void *> &pointers = pointers_[next_++ % pointers_.size()];
    const auto start = Clock::now();
    threads.run(kernel, pointers, scalars_);
    return std::chrono::duration<double>(Clock::now() - start).count();
  }

private:
  std::vector<std::unique_ptr<ArgumentMemory>> memory_;
  std::vector<std::vector<void *>> pointers_;
  std::vector<float> scalars_;
  size_t next_ = 0;
};

// Some kernels in turn at one number of threads.
struct Round {
  const KernelThreads &threads;
  std::vector<int> cores;
  Level level;
  Arguments &arguments;
  std::vector<std::vector<double>> seconds{}; // by kernel
  std::vector<double> peaks{};

  void turn(size_t kernel) {
    peaks.push_back(sampleFmaPeak(level, cores));
    arguments.run(threads, kernel); // wakes the threads
    for (double spent = 0; spent < kTurnSeconds; spent += seconds[kernel].back())
      seconds[kernel].push_back(arguments.run(threads, kernel));
  }

  void run(const std::vector<size_t> &kernels, double budget) {
    const auto start = Clock::now();
    for (size_t rounds = 0; rounds < kFewestRounds ||
                            std::chrono::duration<double>(Clock::now() - start).count() < budget;
         ++rounds)
      for (size_t kernel : kernels)
        turn(kernel);
  }
};

} // namespace

// The least of some hundred runs is one lucky moment of the clock.
static double fastOf(std::vector<double> seconds) {
  std::sort(seconds.begin(), seconds.end());
  return seconds[seconds.size() / 10];
}

static std::vector<size_t> bestOf(const std::vector<std::vector<double>> &seconds) {
  std::vector<std::pair<double, size_t>> places;
  for (size_t kernel = 1; kernel < seconds.size(); ++kernel)
    places.push_back({spreadOf(seconds[kernel]).median, kernel});
  std::sort(places.begin(), places.end());
  std::vector<size_t> best = {0};
  for (size_t i = 0; i < std::min(kFinalists, places.size()); ++i)
    best.push_back(places[i].second);
  return best;
}

std::vector<RaceResult> raceKernels(const std::vector<KernelGraph> &kernels, Level level,
                                    const CompileOptions &build, const RaceOptions &options) {
  const KernelProgram program(kernels, level, build);
  Arguments arguments(kernels.at(0), options.networkWeightBytes);
  std::vector<std::unique_ptr<KernelThreads>> threads;
  std::vector<Round> rounds;
  for (unsigned count : options.threads) {
    const std::vector<int> cores = firstCores(count);
    const std::set<int> before = threadsOfThisProcess();
    holdThisThread(cores);
    threads.push_back(std::make_unique<KernelThreads>(program, count));
    pinNewThreads(before, cores);
    rounds.push_back({*threads.back(), cores, level, arguments});
    rounds.back().seconds.resize(kernels.size());
  }
  std::vector<size_t> all(kernels.size());
  std::iota(all.begin(), all.end(), size_t(0));
  rounds[0].run(all, options.seconds / 2);
  const std::vector<size_t> finalists = bestOf(rounds[0].seconds);

  std::vector<RaceResult> results;
  for (size_t kernel : finalists)
    results.push_back({kernel, {}});
  const double flops = 2.0 * double(multiplyAccumulates(kernels[0]));
  for (size_t i = 0; i < rounds.size(); ++i) {
    Round &round = rounds[i];
    round.seconds.assign(kernels.size(), {}); // the best of many were lucky too
    round.peaks.clear();
    round.run(finalists, options.seconds / 2 / double(rounds.size()));
    for (RaceResult &result : results) {
      const std::vector<double> &seconds = round.seconds[result.kernel];
      RaceTime time{options.threads[i], fastOf(seconds), spreadOf(seconds).median,
                    spreadOf(round.peaks), 0};
      time.shareOfPeak = flops / time.median / time.peak.median;
      result.times.push_back(time);
    }
  }
  return results;
}

} // namespace cnx
