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

// Weights are touched once a pass, so they come from wherever all of them fit; activations were
// written a moment ago, so they come from wherever this launch's own fit.
void addBound(const Plan &plan, double peak, MemorySpeed &speed, LaunchProfile &profile) {
  const PlanKernel &kernel = plan.kernels[size_t(profile.launch->kernel)];
  int64_t allWeights = 0;
  for (const PlanSegment &segment : plan.segments)
    if (segment.kind == SegmentKind::weights || segment.kind == SegmentKind::param)
      allWeights += segment.bytes;
  for (size_t i = 0; i < kernel.access.size(); ++i) {
    const PlanArgument &argument = profile.launch->args[i];
    const SegmentKind kind = plan.segments[size_t(argument.segment)].kind;
    const double bytes = double(argument.type.bytes());
    if (kind == SegmentKind::weights || kind == SegmentKind::param)
      profile.weightBytes += bytes;
    else
      profile.activationBytes += kernel.access[i] == Access::readWrite ? 2 * bytes : bytes;
  }
  profile.flops = 2.0 * double(multiplyAccumulates(parseKernelGraph(kernel.graphJson)));
  profile.fmaSeconds = profile.flops / peak;
  profile.memorySeconds = profile.weightBytes / speed.read(allWeights) +
                          profile.activationBytes / speed.copy(int64_t(profile.activationBytes));
}

} // namespace

void profileCase(const BuiltModel &built, const Plan &plan, const BenchOptions &options,
                 BenchCase &benchCase) {
  const std::vector<PlanLaunch> &launches = benchCase.program->launches;
  CaseProfile &profile = benchCase.profile;
  Recorder recorder;
  for (size_t i = 0; i < launches.size(); ++i)
    recorder.indices[launches[i].id] = i;
  cnx_rt_options hooks{};
  hooks.launch_self = &recorder;
  hooks.on_launch = Recorder::onLaunch;
  BenchContext context(built, firstCores(benchCase.threads), hooks);
  for (size_t i = 0; i < kWarmUpPasses; ++i)
    context.pass(benchCase.program->batch);

  std::vector<std::vector<double>> seconds(launches.size());
  std::vector<double> passes, between, peaks;
  std::vector<std::vector<LaunchEvent>> traced;
  recorder.start = Clock::now();
  for (double spent = 0;
       passes.size() < kFewestPasses || spent < options.seconds * kShareOfTheTime;) {
    peaks.push_back(sampleFmaPeak(benchCase.level, context.cores()));
    context.pass(benchCase.program->batch); // wakes the threads
    recorder.events.clear();
    passes.push_back(context.pass(benchCase.program->batch));
    between.push_back(passes.back());
    for (const LaunchEvent &event : recorder.events) {
      seconds[event.launch].push_back(event.end - event.begin);
      between.back() -= event.end - event.begin;
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
    launch.launch = &launches[i];
    launch.seconds = spreadOf(seconds[i]).median;
    addBound(plan, profile.peak, speed, launch);
    profile.launches.push_back(launch);
  }
}

} // namespace cnx
