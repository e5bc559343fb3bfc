#include "compiler/Error.h"
#include "compiler/tools/BenchContext.h"
#include "compiler/tools/BenchReport.h"
#include "compiler/tools/BuiltModel.h"
#include "compiler/tools/Commands.h"
#include "compiler/tools/Compile.h"
#include "compiler/tools/Processor.h"
#include "compiler/tools/WriteText.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

namespace cnx {

namespace {

struct Arguments {
  CompileOptions compile;
  BenchOptions bench;
  std::vector<int64_t> batches; // of steps in micro-batches; empty: one micro-batch
  bool profile = true, json = false;
  std::filesystem::path trace;
};

// A kernel's number of tasks depends on the level.
std::map<std::string, int64_t> tasksOf(const BuiltModel &built, Level level) {
  std::map<std::string, int64_t> tasks;
  std::ifstream file(built.manifest());
  const nlohmann::json manifest = nlohmann::json::parse(file);
  for (const nlohmann::json &kernel : manifest.at("kernels"))
    if (kernel.contains("tasks"))
      tasks[kernel.at("symbol")] = kernel.at("tasks").value(levelName(level), int64_t(1));
  return tasks;
}

// Everything that one level's report points into.
struct LevelRun {
  LevelRun(const CompileOptions &options) : job(options), built(job) {}
  CompileJob job;
  BuiltModel built;
};

Level levelOf(const BuiltModel &built) {
  LoadedModel model(built.sharedObject(), built.name());
  model.create(built.weights(), cnx_rt_options{});
  return model.level() == CNX_RT_LEVEL_V4 ? Level::v4 : Level::v3;
}

std::vector<BenchWork> worksOf(const Arguments &arguments, const Plan &plan) {
  const bool train = arguments.compile.network.train;
  const int64_t micro = arguments.compile.training.microBatch;
  std::vector<BenchWork> works;
  if (train && micro)
    for (int64_t batch : arguments.batches.empty() ? std::vector{micro} : arguments.batches)
      works.push_back(stepWork(plan, batch, micro));
  else
    for (const PlanProgram &program : plan.programs)
      if (train && program.direction == "train")
        works.push_back(stepWork(plan, program.batch, program.batch));
      else if (!train && program.direction == "forward")
        works.push_back(forwardWork(program));
  return works;
}

BenchReport measure(const Arguments &arguments, LevelRun &run) {
  const Level level = levelOf(run.built);
  BenchReport report;
  report.model = arguments.compile.model;
  report.processor = processorName();
  report.plan = &run.job.plan();
  report.tasks = tasksOf(run.built, level);
  report.cores = std::thread::hardware_concurrency();
  if (arguments.compile.network.train)
    report.optimizer = run.built.facts().training->optimizer();
  for (const BenchWork &work : worksOf(arguments, *report.plan))
    for (unsigned threads : arguments.bench.threads) {
      firstCores(threads); // complains before anything is measured
      report.cases.push_back({level, threads, work});
    }
  if (double loads[1]; getloadavg(loads, 1) == 1)
    report.load = loads[0];
  timeCases(run.built, *report.plan, arguments.bench, report.cases);
  if (arguments.profile)
    for (BenchCase &each : report.cases)
      profileCase(run.built, *report.plan, arguments.bench, each);
  return report;
}

// The samples are equal on an idle machine with a steady clock.
void warnOfNoise(const BenchReport &report) {
  constexpr double kSteady = 0.85;
  for (const BenchCase &each : report.cases)
    if (each.time.peak.minimum < kSteady * each.time.peak.maximum) {
      fmt::print(stderr,
                 "cnx: the FMA peak moved between {:.0f} and {:.0f} GFLOP/s: something else ran, "
                 "or the clock changed\n",
                 each.time.peak.minimum * 1e-9, each.time.peak.maximum * 1e-9);
      return;
    }
}

// The network is built for the parts that a step goes in.
void settleMicroBatch(Arguments &arguments) {
  checkMicroBatch(arguments.compile.training);
  const int64_t micro = arguments.compile.training.microBatch;
  if (micro == 0)
    return;
  const std::vector<std::string> &flags = arguments.compile.networkFlags;
  std::vector<int64_t> &batches = arguments.compile.network.batches;
  if (std::find(flags.begin(), flags.end(), "--batch") != flags.end())
    arguments.batches = batches;
  for (int64_t batch : arguments.batches)
    if (batch % micro != 0)
      throw UserError(
          fmt::format("--micro-batch: found {}, expected a divisor of --batch {}", micro, batch));
  batches = {micro};
}

void run(Arguments &arguments) {
  settleMicroBatch(arguments);
  if (!arguments.trace.empty() && !arguments.profile)
    throw CLI::ValidationError("--trace", "needs the profile that --no-profile leaves out");
  std::vector<std::unique_ptr<LevelRun>> runs;
  std::vector<BenchReport> reports;
  const std::vector<Level> &levels = arguments.compile.levels;
  for (size_t i = 0; i < std::max(size_t(1), levels.size()); ++i) {
    CompileOptions options = arguments.compile;
    if (!levels.empty())
      options.levels = {levels[i]}; // a library of one level runs at that level
    runs.push_back(std::make_unique<LevelRun>(options));
    reports.push_back(measure(arguments, *runs.back()));
    warnOfNoise(reports.back());
    if (!arguments.json)
      fmt::print("{}{}", i ? "\n" : "", benchText(reports.back()));
  }
  if (arguments.json)
    fmt::print("{}", benchJson(reports));
  if (!arguments.trace.empty())
    writeText(arguments.trace, chromeTrace(reports));
}

} // namespace

void addBenchCommand(CLI::App &app) {
  CLI::App *command = app.add_subcommand(
      "bench",
      "how long a pass or a training step takes, per layer and kernel, against the machine's "
      "FMA peak");
  auto arguments = std::make_shared<Arguments>();
  addModelOptions(*command, arguments->compile);
  addBuildOptions(*command, arguments->compile);
  CLI::Option *train =
      command->add_flag("--train", arguments->compile.network.train,
                        "time whole training steps, on noise: loss, gradients, update");
  train->excludes(command->get_option("--outputs"));
  addTrainingOptions(*command, arguments->compile.training);
  addStepMemoryOptions(*command, arguments->compile.training);
  command
      ->add_option("--micro-batch", arguments->compile.training.microBatch,
                   "images at once; the gradients of a step are summed")
      ->check(CLI::PositiveNumber);
  for (const char *option :
       {"--optimizer", "--ema", "--trainable", "--micro-batch", "--gradients", "--transposed"})
    command->get_option(option)->needs(train);
  command->add_option("--threads", arguments->bench.threads, "thread counts to measure: 1,2")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  CLI::Option *seconds = command
                             ->add_option("--seconds", arguments->bench.seconds,
                                          "to measure each batch and thread count")
                             ->check(CLI::PositiveNumber)
                             ->capture_default_str();
  command->add_option("--repeats", arguments->bench.repeats, "to measure instead of a time")
      ->check(CLI::PositiveNumber)
      ->excludes(seconds);
  command->add_flag("!--no-profile", arguments->profile, "the whole network's times only");
  command->add_flag("--json", arguments->json, "print JSON");
  command->add_option("--trace", arguments->trace,
                      "file for the last passes' launches, as Chrome's trace viewer reads them");
  command->callback([arguments] { run(*arguments); });
}

} // namespace cnx
