#include "compiler/tools/BenchCase.h"
#include "compiler/tools/BenchContext.h"
#include "compiler/tools/BuiltModel.h"
#include "compiler/tools/FmaPeak.h"
#include "compiler/tools/MemorySpeed.h"
#include "compiler/tools/Work.h"

#include <algorithm>
#include <chrono>

namespace cnx {

namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kWarmUpPasses = 3, kFewestPasses = 9, kTracedPasses = 3;
// Threads that slept weigh nothing in a pass of so many seconds, and its launches differ little.
constexpr double kLongPass = 0.3;
constexpr size_t kFewestLongPasses = 3;
constexpr double kShareOfTheTime = 0.5; // of --seconds

// Times launches from outside, by the context's hook.
struct Recorder {
  std::map<int64_t, size_t> indices; // by launch id
  Clock::time_point start{};
  std::vector<LaunchEvent> events{}; // of the pass under way

  static void onLaunch(void *self, int id, int end) {
    const auto now = Clock::now();
    auto *recorder = static_cast<Recorder *>(self);
    const double at = std::chrono::duration<double>(now - recorder->start).count();
    if (end)
      recorder->events.back().end = at;
    else
      recorder->events.push_back({recorder->indices.at(id), at, 0});
  }
};

// Weights are touched once a pass, so they come from wherever all of them fit; all else was written
// a moment ago or is a step's whole state, so it comes from wherever this launch's own fit. A copy
// also fetches the lines that it overwrites, two counted bytes for three moved: in place there are
// none.
void addBound(const Plan &plan, double peak, MemorySpeed &speed, LaunchProfile &profile) {
  constexpr double kMovedByCopying = 1.5;
  const PlanKernel &kernel = plan.kernels[size_t(profile.launch->kernel)];
  int64_t allWeights = 0;
  for (const PlanSegment &segment : plan.segments)
    if (segment.kind == SegmentKind::weights || segment.kind == SegmentKind::param)
      allWeights += segment.bytes;
  const double times = double(profile.times);
  for (size_t i = 0; i < kernel.access.size(); ++i) {
    const PlanArgument &argument = profile.launch->args[i];
    const SegmentKind kind = plan.segments[size_t(argument.segment)].kind;
    const double bytes = double(argument.type.bytes()) * times;
    if (kernel.access[i] == Access::readWrite)
      profile.inPlaceBytes += 2 * bytes;
    else if (kind == SegmentKind::weights || kind == SegmentKind::param)
      profile.weightBytes += bytes;
    else
      profile.activationBytes += bytes;
  }
  profile.flops = 2.0 * times * double(multiplyAccumulates(parseKernelGraph(kernel.graphJson)));
  profile.fmaSeconds = profile.flops / peak;
  const auto atOnce = int64_t((profile.activationBytes + profile.inPlaceBytes) / times);
  const double copy = speed.copy(atOnce);
  profile.memorySeconds =
      profile.weightBytes / speed.read(allWeights) + profile.activationBytes / copy;
  if (profile.inPlaceBytes > 0)
    profile.memorySeconds +=
        profile.inPlaceBytes / std::max(kMovedByCopying * copy, speed.read(atOnce / 2));
}

} // namespace

void profileCase(const BuiltModel &built, const Plan &plan, const BenchOptions &options,
                 BenchCase &benchCase) {
  const std::vector<BenchLaunch> &launches = benchCase.work.launches;
  CaseProfile &profile = benchCase.profile;
  Recorder recorder;
  for (size_t i = 0; i < launches.size(); ++i)
    recorder.indices[launches[i].launch->id] = i;
  cnx_rt_options hooks{};
  hooks.launch_self = &recorder;
  hooks.on_launch = Recorder::onLaunch;
  BenchContext context(built, firstCores(benchCase.threads), hooks, benchCase.work.batch);
  double last = context.pass(benchCase.work);
  for (size_t i = 1; i < kWarmUpPasses && last < kLongPass; ++i)
    last = context.pass(benchCase.work);

  std::vector<std::vector<double>> seconds(launches.size());
  std::vector<double> passes, between, peaks;
  std::vector<std::vector<LaunchEvent>> traced;
  recorder.start = Clock::now();
  const size_t fewest = last < kLongPass ? kFewestPasses : kFewestLongPasses;
  for (double spent = 0; passes.size() < fewest || spent < options.seconds * kShareOfTheTime;) {
    peaks.push_back(sampleFmaPeak(benchCase.level, context.cores()));
    if (last < kLongPass)
      context.pass(benchCase.work); // wakes the threads
    recorder.events.clear();
    passes.push_back(context.pass(benchCase.work));
    between.push_back(passes.back());
    std::map<size_t, double> sums; // of a launch that the pass makes more than once
    for (const LaunchEvent &event : recorder.events)
      sums[event.launch] += event.end - event.begin;
    for (auto [launch, sum] : sums) {
      seconds[launch].push_back(sum);
      between.back() -= sum;
    }
    traced.push_back(recorder.events);
    if (traced.size() > kTracedPasses)
      traced.erase(traced.begin());
    spent = std::chrono::duration<double>(Clock::now() - recorder.start).count();
  }

  profile.passes = passes.size();
  profile.seconds = spreadOf(passes).median;
  profile.between = spreadOf(between).median;
  profile.peak = spreadOf(peaks).median;
  for (const std::vector<LaunchEvent> &pass : traced)
    profile.events.insert(profile.events.end(), pass.begin(), pass.end());
  MemorySpeed speed(context.cores());
  for (size_t i = 0; i < launches.size(); ++i) {
    if (seconds[i].empty()) // a launch for an output that nobody asked for
      continue;
    LaunchProfile launch;
    launch.launch = launches[i].launch;
    launch.section = launches[i].section;
    launch.times = launches[i].times;
    launch.seconds = spreadOf(seconds[i]).median;
    addBound(plan, profile.peak, speed, launch);
    profile.launches.push_back(launch);
  }
}

} // namespace cnx
