#include "compiler/tools/BenchCase.h"

#include "compiler/tools/BenchContext.h"
#include "compiler/tools/BuiltModel.h"
#include "compiler/tools/FmaPeak.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>

namespace cnx {

namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kFewestRepeats = 5;
constexpr double kWarmUpSeconds = 0.3;
// A repeat's passes follow each other as in an application under load; it lasts this long at least,
// so that the threads that the peak's sample put to sleep weigh little.
constexpr double kRepeatSeconds = 0.03;

// One case under way.
struct Running {
  BenchCase &result;
  BenchContext &context;
  size_t passesARepeat = 1;
  std::vector<double> seconds{}, peaks{}, shares{};
  double spent = 0;

  double pass() { return context.pass(result.work); }

  void warmUp() {
    result.time.first = pass();
    double last = result.time.first;
    for (double sum = 0; sum < kWarmUpSeconds; sum += last)
      last = pass();
    passesARepeat = size_t(std::max(1.0, std::ceil(kRepeatSeconds / last)));
  }

  void repeat() {
    const auto start = Clock::now();
    const double before = sampleFmaPeak(result.level, context.cores());
    double sum = 0;
    for (size_t i = 0; i < passesARepeat; ++i) {
      seconds.push_back(pass());
      sum += seconds.back();
    }
    const double after = sampleFmaPeak(result.level, context.cores());
    peaks.insert(peaks.end(), {before, after});
    shares.push_back(result.time.flops * double(passesARepeat) / sum / ((before + after) / 2));
    spent += std::chrono::duration<double>(Clock::now() - start).count();
  }

  bool wantsMore(const BenchOptions &options) const {
    if (options.repeats)
      return shares.size() < options.repeats;
    return shares.size() < kFewestRepeats || spent < options.seconds;
  }

  void finish() {
    CaseTime &time = result.time;
    time.repeats = shares.size();
    time.passes = seconds.size();
    time.seconds = spreadOf(seconds);
    time.peak = spreadOf(peaks);
    time.shareOfPeak = spreadOf(shares).median;
    time.shareAtMinimum = time.flops / time.seconds.minimum / time.peak.maximum;
  }
};

} // namespace

Spread spreadOf(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return {values.front(), values[values.size() / 2], values.back()};
}

void timeCases(const BuiltModel &built, const Plan &plan, const BenchOptions &options,
               std::vector<BenchCase> &cases) {
  std::map<unsigned, std::unique_ptr<BenchContext>> contexts;
  std::vector<Running> runs;
  int64_t images = 0;
  for (const BenchCase &each : cases)
    images = std::max(images, each.work.batch);
  for (BenchCase &each : cases) {
    std::unique_ptr<BenchContext> &context = contexts[each.threads];
    if (!context)
      context =
          std::make_unique<BenchContext>(built, firstCores(each.threads), cnx_rt_options{}, images);
    each.time.flops = flopsOf(plan, each.work);
    runs.push_back({each, *context});
  }
  for (Running &run : runs)
    run.warmUp();
  for (bool more = true; more;) {
    more = false;
    for (Running &run : runs)
      if (run.wantsMore(options)) {
        run.repeat();
        more = true;
      }
  }
  for (Running &run : runs)
    run.finish();
}

} // namespace cnx
