#include "compiler/Error.h"
#include "compiler/fusions/Fusion.h"
#include "compiler/plan/Program.h"
#include "compiler/tools/BenchContext.h"
#include "compiler/tools/Commands.h"
#include "compiler/tools/Compile.h"
#include "compiler/tools/Processor.h"
#include "compiler/tools/tune/TileRace.h"
#include "compiler/tools/tune/TileTable.h"
#include "runtime/include/cnx_rt.h"

#include <CLI/CLI.hpp>
#include <ctime>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <set>
#include <unistd.h>

namespace cnx {

namespace {

struct Arguments {
  CompileOptions compile;
  RaceOptions race;
  std::string kernel; // part of a symbol
  std::filesystem::path folder;
};

// A row pays if it is so much faster in the fast and in the median time.
constexpr double kGain = 1.02;

std::string today() {
  const std::time_t now = std::time(nullptr);
  char text[16];
  std::strftime(text, sizeof text, "%Y-%m-%d", std::gmtime(&now));
  return text;
}

std::vector<Level> levelsOf(const Arguments &arguments) {
  std::vector<Level> levels = arguments.compile.levels;
  if (levels.empty())
    levels = {cnx_rt_choose_level(3) == CNX_RT_LEVEL_V4 ? Level::v4 : Level::v3};
  for (Level level : levels)
    if (!cnx_rt_choose_level(level == Level::v3 ? 1 : 2))
      throw UserError(
          fmt::format("--cpu: found {}, which this machine cannot run", levelName(level)));
  return levels;
}

// The kernels that a table may speak of, in the plan's order.
std::vector<KernelGraph> tunable(const Plan &plan, const std::string &part) {
  std::vector<KernelGraph> kernels;
  std::string names;
  for (const PlanKernel &kernel : plan.kernels) {
    const KernelGraph graph = parseKernelGraph(kernel.graphJson);
    const Fusion *fusion = findFusion(graph.fusion);
    if (!fusion || !fusion->tiles || fusion->tiles->shape(graph).empty())
      continue;
    names += "\n  " + kernel.symbol;
    if (kernel.symbol.find(part) != std::string::npos)
      kernels.push_back(graph);
  }
  if (names.empty())
    throw UserError(fmt::format("{}: found no kernel whose tiles can be chosen", plan.name));
  if (kernels.empty())
    throw UserError(fmt::format("--kernel: found '{}', expected a part of one of{}", part, names));
  return kernels;
}

int64_t weightBytesOf(const Plan &plan) {
  int64_t bytes = 0;
  for (const PlanSegment &segment : plan.segments)
    if (segment.kind == SegmentKind::weights)
      bytes += segment.bytes;
  return bytes;
}

void requireWritable(const std::filesystem::path &folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error || !std::filesystem::is_directory(folder) || access(folder.c_str(), W_OK) != 0)
    throw UserError(folder.string() + ": cannot be written, expected a folder for the tables");
}

// How many times faster in the worse of both times, at the worst number of threads.
double gainOf(const RaceResult &rule, const RaceResult &other) {
  double gain = 1e9;
  for (size_t i = 0; i < rule.times.size(); ++i) {
    const RaceTime &slow = rule.times[i], &quick = other.times[i];
    gain = std::min({gain, slow.fast / quick.fast, slow.median / quick.median});
  }
  return gain;
}

std::string reasonOf(const RaceResult &rule, const RaceResult &best) {
  std::string text;
  for (size_t i = 0; i < rule.times.size(); ++i)
    text += fmt::format("{}rule {:.0f} % of peak, this {:.0f}{}", i ? "; " : "",
                        100 * rule.times[i].shareOfPeak, 100 * best.times[i].shareOfPeak,
                        rule.times[i].threads == 1
                            ? std::string()
                            : fmt::format(" on {} threads", rule.times[i].threads));
  return fmt::format("{}: {}, {}", text, processorName(), today());
}

void print(const std::vector<RaceResult> &results, const std::vector<Tiles> &tiles) {
  fmt::print("  {:>7}  {:>9}  {:>9}  {:>6}  {:>6}  tiles\n", "threads", "fast ms", "median ms",
             "% peak", "gain");
  for (size_t i = 0; i < results[0].times.size(); ++i)
    for (const RaceResult &result : results) {
      const RaceTime &time = result.times[i], &rule = results[0].times[i];
      fmt::print("  {:>7}  {:>9.4f}  {:>9.4f}  {:>6.1f}  {:>6.3f}  {}{}\n", time.threads,
                 1e3 * time.fast, 1e3 * time.median, 100 * time.shareOfPeak,
                 rule.median / time.median,
                 result.kernel ? "" : "rule: ", tilesText(tiles[result.kernel]));
    }
}

// Searches one kernel's space and brings its table up to date.
void tune(const Arguments &arguments, const RaceOptions &race, const KernelGraph &graph,
          Level level) {
  const TileSpace &space = *findFusion(graph.fusion)->tiles;
  std::vector<Tiles> tiles = {ruleTiles(space, graph, level)};
  for (const Tiles &candidate : candidateTiles(space, graph, level))
    tiles.push_back(candidate);
  std::vector<KernelGraph> kernels;
  for (const Tiles &each : tiles) {
    kernels.push_back(graph);
    kernels.back().tiles = each;
  }
  const std::vector<int64_t> shape = space.shape(graph);
  fmt::print("{} {}: {} candidates ({}: {})\n", kernelSymbol(graph), levelName(level),
             tiles.size() - 1, space.shapeNames, fmt::join(shape, ", "));
  const std::vector<RaceResult> results = raceKernels(kernels, level, arguments.compile, race);
  print(results, tiles);

  const RaceResult *best = &results[0];
  for (const RaceResult &each : results)
    if (each.kernel && gainOf(results[0], each) > std::max(kGain, gainOf(results[0], *best)))
      best = &each;
  if (best->kernel)
    fmt::print("  row: {}\n", tilesText(tiles[best->kernel]));
  else
    fmt::print("  the rule stays\n");
  std::fflush(stdout);
  if (arguments.folder.empty())
    return;
  TileTable table(arguments.folder, space.tableName);
  if (best->kernel)
    table.set({level, shape, tiles[best->kernel]}, reasonOf(results[0], *best));
  else
    table.remove(level, shape);
  table.write();
}

void run(const Arguments &arguments) {
  const std::vector<Level> levels = levelsOf(arguments);
  if (!arguments.folder.empty()) {
    requireWritable(arguments.folder);
    for (const Fusion &fusion : fusions()) // complains before anything is measured
      if (fusion.tiles)
        TileTable(arguments.folder, fusion.tiles->tableName);
  }
  for (unsigned threads : arguments.race.threads)
    firstCores(threads);
  CompileJob job(arguments.compile);
  const std::vector<KernelGraph> kernels = tunable(job.plan(), arguments.kernel);
  RaceOptions race = arguments.race;
  race.networkWeightBytes = weightBytesOf(job.plan());
  for (Level level : levels)
    for (const KernelGraph &graph : kernels)
      tune(arguments, race, graph, level);
}

} // namespace

void addTuneCommand(CLI::App &app) {
  CLI::App *command = app.add_subcommand(
      "tune", "searches the tiles of a network's kernels on this machine, for the compiler's own "
              "tables: no compilation searches");
  auto arguments = std::make_shared<Arguments>();
  addModelOptions(*command, arguments->compile);
  command->add_option("--batch", arguments->compile.network.batches, "batches of the network: 1,8")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::PositiveNumber);
  addKernelOptions(*command, arguments->compile);
  command->add_option("--kernel", arguments->kernel, "part of the names of the kernels to search");
  command
      ->add_option("--threads", arguments->race.threads,
                   "thread counts at all of which a row must pay: 1,2")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->add_option("--seconds", arguments->race.seconds, "to measure each kernel")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->add_option("-o", arguments->folder,
                      "folder of the tables to bring up to date, FUSION.tiles.inc; without it the "
                      "times are only printed");
  command->callback([arguments] { run(*arguments); });
}

} // namespace cnx
