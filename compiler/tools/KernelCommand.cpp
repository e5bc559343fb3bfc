#include "compiler/Error.h"
#include "compiler/codegen/InternalError.h"
#include "compiler/tools/Commands.h"
#include "compiler/tools/KernelProgram.h"
#include "compiler/tools/KernelReference.h"
#include "compiler/tools/Work.h"
#include "compiler/weights/Bf16.h"
#include "runtime/include/cnx_rt.h"

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstring>
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

constexpr size_t kAlignment = 64;

// An argument's memory, rows `pitch` apart; what is no logical element is filled with `rest`.
class Memory {
public:
  Memory(const Value &value, float rest)
      : value_(value), bytes_(size_t(value.elements()) * size(value) + 2 * kAlignment),
        memory_(static_cast<unsigned char *>(std::aligned_alloc(
                    kAlignment, (bytes_ + kAlignment - 1) / kAlignment * kAlignment)),
                std::free) {
    if (!memory_)
      throw UserError(fmt::format("no memory for {} bytes", bytes_));
    std::memset(memory_.get(), 0, bytes_);
    if (value.type == ElementType::f32)
      std::fill_n(floats(), value.elements(), rest);
  }

  void *data() const { return memory_.get() + kAlignment; } // a kernel may read 64 bytes before it

  void write(const std::vector<double> &values) {
    for (size_t i = 0; i < values.size(); ++i)
      if (value_.type == ElementType::u8)
        static_cast<uint8_t *>(data())[place(i)] = uint8_t(values[i]);
      else if (value_.type == ElementType::bf16)
        static_cast<uint16_t *>(data())[place(i)] = roundBf16(values[i]);
      else
        floats()[place(i)] = float(values[i]);
  }
  std::vector<double> read(size_t count) const {
    std::vector<double> values;
    for (size_t i = 0; i < count; ++i)
      values.push_back(floats()[place(i)]);
    return values;
  }

private:
  static size_t size(const Value &value) {
    return value.type == ElementType::u8 ? 1 : value.type == ElementType::bf16 ? 2 : sizeof(float);
  }
  float *floats() const { return static_cast<float *>(data()); }
  size_t place(size_t logical) const {
    const size_t row = size_t(value_.shape.back());
    return logical / row * size_t(value_.pitch) + logical % row;
  }

  Value value_;
  size_t bytes_;
  std::unique_ptr<unsigned char, void (*)(void *)> memory_;
};

// Numbers that the type holds exactly, so that both sides start from the same numbers.
std::vector<double> draw(const Value &value, std::mt19937_64 &random) {
  size_t count = 1;
  for (int64_t extent : value.shape)
    count *= size_t(extent);
  std::vector<double> values(count);
  // Panels [P,K,16] sum K products; their scale keeps results near 1.
  const double scale = value.role == Role::weight && value.shape.size() == 3
                           ? 1 / std::sqrt(double(value.shape[1]))
                           : 1;
  for (double &each : values) {
    const double unit = double(random() >> 11) / double(1ull << 53);
    each = value.type == ElementType::u8 ? std::floor(256 * unit)
                                         : double(float(scale * (2 * unit - 1)));
    if (value.type == ElementType::bf16)
      each = bf16Value(roundBf16(each));
  }
  return values;
}

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
  KernelProgram program(graph, level, arguments.compile);
  std::vector<Memory> memory;
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
  program.run(pointers, scalars, arguments.threads);
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
      inputs[int(i)] = draw(value, random);
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
