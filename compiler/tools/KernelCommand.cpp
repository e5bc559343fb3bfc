#include "compiler/Error.h"
#include "compiler/codegen/InternalError.h"
#include "compiler/fusions/Fusion.h"
#include "compiler/tools/ArgumentMemory.h"
#include "compiler/tools/Commands.h"
#include "compiler/tools/KernelProgram.h"
#include "compiler/tools/KernelReference.h"
#include "compiler/tools/Work.h"
#include "runtime/include/cnx_rt.h"

#include <CLI/CLI.hpp>
#include <cmath>
#include <fmt/format.h>
#include <fstream>
#include <random>

namespace cnx {

namespace {

struct Arguments {
  CompileOptions compile;
  std::string file;
  uint64_t seed = 1;
  double tolerance = 1e-5;
  unsigned threads = 1;
};

double distance(const std::vector<double> &actual, const std::vector<double> &expected) {
  double largest = 0, difference = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    largest = std::max(largest, std::abs(expected[i]));
    const double d = std::abs(actual[i] - expected[i]);
    difference = std::max(difference, std::isnan(d) ? INFINITY : d);
  }
  return difference == 0 ? 0 : difference / largest;
}

// The largest distance of an output from the reference.
double check(const KernelGraph &graph, Level level, const Arguments &arguments,
             const GraphValues &inputs, const GraphValues &expected) {
  KernelProgram program({graph}, level, arguments.compile);
  std::vector<ArgumentMemory> memory;
  std::vector<void *> pointers;
  std::vector<float> scalars;
  std::vector<std::pair<int, size_t>> outputs; // value, its memory
  for (int argument : graph.arguments()) {
    const Value &value = graph.values[size_t(argument)];
    if (value.role == Role::scalar) {
      scalars.push_back(float(inputs.at(argument).at(0)));
      continue;
    }
    memory.emplace_back(value, value.role == Role::output ? NAN : 0.25f);
    if (value.role == Role::output)
      outputs.emplace_back(argument, memory.size() - 1);
    const int source = value.role == Role::output ? value.inPlaceOf : argument;
    if (source >= 0)
      memory.back().write(inputs.at(source));
    pointers.push_back(memory.back().data());
  }
  KernelThreads(program, arguments.threads).run(0, pointers, scalars);
  double worst = 0;
  for (auto [value, place] : outputs)
    worst = std::max(worst,
                     distance(memory[place].read(expected.at(value).size()), expected.at(value)));
  fmt::print("{} {}: {:.1e} from the reference, {} bytes of scratch, {:.2f} MMACs\n",
             kernelSymbol(graph), levelName(level), worst, program.scratchBytes(),
             double(multiplyAccumulates(graph)) * 1e-6);
  return worst;
}

void run(const Arguments &arguments) {
  std::ifstream file(arguments.file);
  if (!file)
    throw UserError(arguments.file + ": cannot be opened, expected a kernel graph in JSON");
  const KernelGraph graph = parseKernelGraph({std::istreambuf_iterator<char>(file), {}});

  std::mt19937_64 random(arguments.seed);
  GraphValues inputs;
  for (size_t i = 0; i < graph.values.size(); ++i) {
    const Value &value = graph.values[i];
    if (value.role == Role::scalar)
      inputs[int(i)] = {double(1e-6f)};
    else if (value.role == Role::input || value.role == Role::weight)
      inputs[int(i)] = drawArgument(value, random);
  }
  GraphValues expected = inputs;
  evaluateReference(graph, expected);

  std::vector<Level> levels = arguments.compile.levels;
  if (levels.empty())
    levels = {Level::v3, Level::v4};
  for (Level level : levels) {
    if (!cnx_rt_choose_level(level == Level::v3 ? 1 : 2)) {
      fmt::print(stderr, "cnx: this machine cannot run level {}\n", levelName(level));
      continue;
    }
    try {
      checkTiles(graph, level);
    } catch (const UserError &error) {
      throw UserError(arguments.file + ": " + levelName(level) + ": " + error.what());
    }
    if (!(check(graph, level, arguments, inputs, expected) <= arguments.tolerance))
      throw InternalError(
          fmt::format("{} at level {} leaves the reference", kernelSymbol(graph), levelName(level)),
          arguments.file);
  }
}

} // namespace

void addKernelCommand(CLI::App &app) {
  CLI::App *command =
      app.add_subcommand("kernel", "one KernelGraph built alone and held against the reference");
  auto arguments = std::make_shared<Arguments>();
  command->add_option("FILE", arguments->file, "a kernel graph in JSON, as --dump-ir writes it")
      ->required();
  addKernelOptions(*command, arguments->compile);
  command->add_option("--seed", arguments->seed, "of the arguments' random values");
  command
      ->add_option("--tolerance", arguments->tolerance,
                   "largest difference over the largest magnitude of an output")
      ->check(CLI::PositiveNumber);
  command->add_option("--threads", arguments->threads, "0: one a core");
  command->callback([arguments] { run(*arguments); });
}

} // namespace cnx
