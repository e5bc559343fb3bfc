#include "compiler/codegen/InternalError.h"
#include "compiler/tools/BuiltModel.h"
#include "compiler/tools/Commands.h"
#include "compiler/tools/Compile.h"
#include "compiler/tools/LoadedModel.h"
#include "compiler/tools/ModelCache.h"
#include "compiler/tools/NpyInput.h"
#include "compiler/tools/ReferenceTrace.h"
#include "compiler/tools/WriteText.h"

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstring>
#include <fmt/format.h>

namespace cnx {

namespace {

struct Arguments {
  CompileOptions compile;
  std::string input;
  double tolerance = 1e-5;
  unsigned threads = 0;
};

// Watches a context from outside: its arena through the allocator, every launch through the hook.
struct Probe {
  const Plan &plan;
  const PlanProgram &program;
  size_t arenaBytes;
  std::map<int, const float *> outputs; // by io segment
  const unsigned char *arena = nullptr;
  std::map<int64_t, std::vector<std::vector<float>>> written{}; // by launch id, dense

  static void *allocate(void *self, size_t bytes, size_t alignment) {
    auto *probe = static_cast<Probe *>(self);
    void *memory = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
    if (memory && bytes == probe->arenaBytes && !probe->arena) {
      probe->arena = static_cast<unsigned char *>(memory);
      std::memset(memory, 0xff, bytes); // NaN: what is read before it is written shows
    }
    return memory;
  }
  static void release(void *, void *memory, size_t) { std::free(memory); }

  static void onLaunch(void *self, int id, int end) {
    if (end)
      static_cast<Probe *>(self)->read(id);
  }

  void read(int id) {
    for (const PlanLaunch &launch : program.launches) {
      if (launch.id != id)
        continue;
      const std::vector<Access> &access = plan.kernels[size_t(launch.kernel)].access;
      for (size_t i = 0; i < launch.args.size(); ++i)
        if (access[i] != Access::read)
          written[id].push_back(dense(launch.args[i]));
    }
  }

  std::vector<float> dense(const PlanArgument &argument) const {
    const BufferType &type = argument.type;
    const bool inArena = plan.segments[size_t(argument.segment)].kind == SegmentKind::arena;
    const unsigned char *base =
        inArena ? arena : reinterpret_cast<const unsigned char *>(outputs.at(argument.segment));
    const int64_t channels = type.shape.back(), rows = type.elements() / type.pitch;
    std::vector<float> values(size_t(rows * channels));
    for (int64_t row = 0; row < rows; ++row)
      std::memcpy(&values[size_t(row * channels)],
                  base + argument.offset + row * type.pitch * int64_t(sizeof(float)),
                  size_t(channels) * sizeof(float));
    return values;
  }
};

// Largest difference over the largest magnitude; infinite where one is no number.
double distance(const std::vector<float> &actual, const std::vector<double> &expected) {
  double largest = 0, difference = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    largest = std::max(largest, std::abs(expected[i]));
    const double d = std::abs(double(actual[i]) - expected[i]);
    difference = std::max(difference, std::isnan(d) ? INFINITY : d);
  }
  return difference == 0 ? 0 : difference / largest;
}

std::vector<double> imageValues(const NpyInput &input, int64_t batch) {
  const cnx_npy &array = input.array();
  const size_t size =
      array.bytes / cnx_io_dtype_bits(array.dtype) * 8 / array.shape[0] * size_t(batch);
  if (array.dtype == CNX_IO_U8) {
    const auto *bytes = static_cast<const uint8_t *>(array.data);
    return {bytes, bytes + size};
  }
  const auto *floats = static_cast<const float *>(array.data);
  return {floats, floats + size};
}

[[noreturn]] void reportLaunch(const PlanLaunch &launch, const PlanKernel &kernel, double worst) {
  std::filesystem::path graph = cacheFolder() / "failed" / (kernel.symbol + ".json");
  writeText(graph, kernel.graphJson + "\n");
  throw InternalError(fmt::format("launch {} ({}, kernel {}) leaves the reference by {:.1e}",
                                  launch.id, launch.layer, kernel.symbol, worst),
                      graph.string());
}

void run(Arguments &arguments) {
  NpyInput input(arguments.input, arguments.compile.network.inputFormat);
  input.setDefaults(arguments.compile);
  CompileJob job(arguments.compile);
  BuiltModel built(job);
  const int64_t batch = built.facts().batches.front();
  input.require(batch, built.facts().image.height, built.facts().image.width);

  const Plan &plan = job.plan();
  const PlanProgram &program = plan.programs.front();
  fmt::print(stderr, "cnx: evaluating the reference\n");
  std::vector<ReferenceLaunch> reference =
      traceReference(job, program.batch, imageValues(input, program.batch));
  if (reference.size() != program.launches.size())
    throw InternalError(fmt::format("{}: {} launches, {} kernels in the reference", program.name,
                                    program.launches.size(), reference.size()));

  std::vector<std::vector<float>> outputs;
  std::vector<float *> pointers;
  Probe probe{plan, program, size_t(built.facts().arenaBytes), {}};
  for (const OutputFacts &output : built.facts().outputs)
    outputs.emplace_back(size_t(output.elements * program.batch), NAN);
  for (size_t i = 0; i < outputs.size(); ++i) {
    pointers.push_back(outputs[i].data());
    probe.outputs[built.facts().outputs[i].segment] = outputs[i].data();
  }
  cnx_rt_options options{};
  options.threads = arguments.threads;
  options.allocator_self = &probe;
  options.allocate = Probe::allocate;
  options.release = Probe::release;
  options.launch_self = &probe;
  options.on_launch = Probe::onLaunch;
  LoadedModel model(built.sharedObject(), built.name());
  model.create(built.weights(), options);
  model.forward(int(program.batch), input.image(0), pointers);

  const PlanLaunch *first = nullptr;
  double firstWorst = 0;
  fmt::print("{:>6} {:>9}  {:<34} {}\n", "launch", "distance", "layer", "kernel");
  for (size_t i = 0; i < reference.size(); ++i) {
    const PlanLaunch &launch = program.launches[i];
    const std::vector<std::vector<float>> &written = probe.written[launch.id];
    if (written.size() != reference[i].results.size())
      throw InternalError(fmt::format("launch {}: {} arrays written, {} in the reference",
                                      launch.id, written.size(), reference[i].results.size()));
    double worst = 0;
    for (size_t r = 0; r < written.size(); ++r)
      worst = std::max(worst, distance(written[r], reference[i].results[r]));
    const bool leaves = !(worst <= arguments.tolerance);
    fmt::print("{:>6} {:>9.1e}{} {:<34} {}\n", launch.id, worst, leaves ? '!' : ' ', launch.layer,
               plan.kernels[size_t(launch.kernel)].symbol);
    if (leaves && !first) {
      first = &launch;
      firstWorst = worst;
    }
  }
  if (first)
    reportLaunch(*first, plan.kernels[size_t(first->kernel)], firstWorst);
  fmt::print("all {} launches within {:.1e} of the double-precision reference\n", reference.size(),
             arguments.tolerance);
}

} // namespace

void addDiffCommand(CLI::App &app) {
  CLI::App *command =
      app.add_subcommand("diff", "the first launch that leaves the double-precision reference");
  auto arguments = std::make_shared<Arguments>();
  addModelOptions(*command, arguments->compile);
  addBuildOptions(*command, arguments->compile);
  command
      ->add_option("--input", arguments->input,
                   "images, .npy; batch and image size default to its own")
      ->required();
  command
      ->add_option("--tolerance", arguments->tolerance,
                   "largest difference over the largest magnitude of an array")
      ->check(CLI::PositiveNumber);
  command->add_option("--threads", arguments->threads, "0: one a core");
  command->callback([arguments] { run(*arguments); });
}

} // namespace cnx
