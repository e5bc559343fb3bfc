// The optimisers' kernels, in place over flat blocks as the update program runs them, and out of
// place: against plain double arithmetic, with scalars as training has them.
#include "tests/support/catch.h"
#include "tests/unit/kernels/KernelRunner.h"

#include <cmath>
#include <cstring>
#include <functional>
#include <memory>

using namespace cnx;
using namespace cnx::test;

namespace {

constexpr int64_t kBlocks = 391, kWidth = 256;
enum Array { param, grad, moment1, moment2, ema, arrays };

double beta1 = 0.9, beta2 = 0.999, t = 3;
const double kScalars[16] = {0.75,
                             1e-3,
                             0.05,
                             1 - beta1,
                             beta2,
                             1 - beta2,
                             1e-8,
                             1 - std::pow(beta1, t),
                             std::sqrt(1 - std::pow(beta2, t)),
                             0.9,
                             1 - 0.9999};

// One element of each array before the step, its block's rate and decay; returns it after the step.
using Step = std::function<std::vector<double>(const double *, double rate, double decay)>;

float valueOf(int array, int64_t i) {
  if (i / kWidth % 7 == 3 && i % kWidth > 200)
    return 0; // the padding between parameters
  const double wave = std::sin(0.37 * static_cast<double>(i) + 1.9 * array);
  const double size[arrays] = {0.5, 1e-2, 3e-3, 1e-5, 0.5};
  return static_cast<float>(size[array] * (array == moment2 ? wave * wave : wave));
}

struct Case {
  std::string op;
  std::vector<int> inputs, results; // arrays; a result is the array's new value
  bool blockTables = true;          // rate and decay
  Step step;

  KernelGraph graph(bool inPlace) const {
    KernelGraph g;
    g.fusion = "single";
    Node node;
    node.op = op;
    auto add = [&](const std::vector<int64_t> &shape, Role role, int over) {
      Value v;
      v.name = std::string("v").append(std::to_string(g.values.size()));
      v.shape = shape;
      v.pitch = shape.back();
      v.role = role;
      v.inPlaceOf = over;
      g.values.push_back(v);
      return static_cast<int>(g.values.size()) - 1;
    };
    std::map<int, int> valueOfArray;
    for (int array : inputs)
      node.inputs.push_back(valueOfArray[array] = add({kBlocks, kWidth}, Role::input, -1));
    for (int i = 0; blockTables && i < 2; ++i)
      node.inputs.push_back(add({kBlocks}, Role::input, -1));
    node.inputs.push_back(add({16}, Role::input, -1));
    for (int array : results)
      node.outputs.push_back(
          add({kBlocks, kWidth}, Role::output, inPlace ? valueOfArray[array] : -1));
    g.nodes = {node};
    canonicalise(g);
    return g;
  }
};

float rateOf(int64_t block) { return block % 5 == 0 ? 0.25f : 1.f; }
float decayOf(int64_t block) { return block % 3 == 0 ? 0.f : 1.f; }

// Runs the kernel and returns the results' arrays.
std::vector<std::vector<float>> runKernel(const Case &c, bool inPlace, Level level, int threads) {
  const KernelGraph graph = c.graph(inPlace);
  const LoadedKernel kernel(graph, level);
  std::vector<std::unique_ptr<GuardedBuffer>> buffers;
  auto buffer = [&](int64_t count, const std::function<float(int64_t)> &value) {
    buffers.push_back(std::make_unique<GuardedBuffer>(static_cast<size_t>(count) * 4, true, 64));
    auto *data = static_cast<float *>(buffers.back()->data());
    for (int64_t i = 0; i < count; ++i)
      data[i] = value(i);
    return data;
  };
  std::map<int, float *> memory; // of a graph's value
  size_t operand = 0;
  for (int array : c.inputs)
    memory[graph.nodes[0].inputs[operand++]] =
        buffer(kBlocks * kWidth, [&](int64_t i) { return valueOf(array, i); });
  if (c.blockTables) {
    memory[graph.nodes[0].inputs[operand++]] = buffer(kBlocks, rateOf);
    memory[graph.nodes[0].inputs[operand++]] = buffer(kBlocks, decayOf);
  }
  memory[graph.nodes[0].inputs[operand]] =
      buffer(16, [](int64_t i) { return static_cast<float>(kScalars[i]); });
  std::vector<float *> results;
  for (int out : graph.nodes[0].outputs) {
    const int over = graph.values[static_cast<size_t>(out)].inPlaceOf;
    memory[out] = over >= 0 ? memory.at(over)
                            : buffer(kBlocks * kWidth, [](int64_t) { return std::nanf(""); });
    results.push_back(memory[out]);
  }
  std::vector<void *> arguments;
  for (int v : graph.arguments())
    arguments.push_back(memory.at(v));
  REQUIRE(kernel.run(arguments, threads) == 0);
  CHECK(kernel.facts.tasks > 1);
  std::vector<std::vector<float>> copies;
  for (float *data : results)
    copies.emplace_back(data, data + kBlocks * kWidth);
  return copies;
}

void compare(const Case &c, const std::vector<std::vector<float>> &got) {
  std::vector<double> worst(c.results.size()), moved(c.results.size());
  int64_t awake = 0;
  for (int64_t i = 0; i < kBlocks * kWidth; ++i) {
    double before[arrays];
    bool zero = true;
    for (int array = 0; array < arrays; ++array) {
      before[array] = valueOf(array, i);
      zero &= before[array] == 0;
    }
    const std::vector<double> after = c.step(before, rateOf(i / kWidth), decayOf(i / kWidth));
    for (size_t r = 0; r < c.results.size(); ++r) {
      const float value = got[r][static_cast<size_t>(i)];
      awake += zero && value != 0;
      worst[r] = std::max(worst[r], std::fabs(value - after[r]));
      moved[r] = std::max(moved[r], std::fabs(after[r]));
    }
  }
  CHECK(awake == 0); // padding stays zero
  for (size_t r = 0; r < c.results.size(); ++r) {
    INFO("result " << r << ", largest " << moved[r]);
    CHECK(worst[r] <= 2e-7 * moved[r]);
  }
}

void check(const Case &c) {
  for (Level level : {Level::v3, Level::v4}) {
    if (!machineHas(level)) {
      std::fprintf(stderr, "SKIPPED: this machine has no %s, its kernels are not tested\n",
                   levelName(level));
      continue;
    }
    INFO(c.op << " at " << levelName(level));
    const auto once = runKernel(c, true, level, 1);
    compare(c, once);
    const auto again = runKernel(c, true, level, 3);
    for (size_t r = 0; r < once.size(); ++r)
      CHECK(std::memcmp(once[r].data(), again[r].data(), once[r].size() * 4) == 0);
    compare(c, runKernel(c, false, level, 2));
  }
}

} // namespace

TEST_CASE("adamw") {
  check({"adamw",
         {param, grad, moment1, moment2},
         {param, moment1, moment2},
         true,
         [](const double *x, double rate, double decay) {
           const double *s = kScalars;
           const double g = x[grad] * s[0], r = s[1] * rate;
           const double p = x[param] - r * s[2] * decay * x[param];
           const double m = beta1 * x[moment1] + (1 - beta1) * g;
           const double v = beta2 * x[moment2] + (1 - beta2) * g * g;
           return std::vector<double>{p - r / s[7] * m / (std::sqrt(v) / s[8] + s[6]), m, v};
         }});
}

TEST_CASE("sgd") {
  check({"sgd",
         {param, grad, moment1},
         {param, moment1},
         true,
         [](const double *x, double rate, double decay) {
           const double *s = kScalars;
           const double g = x[grad] * s[0] + s[2] * decay * x[param];
           const double m = s[9] * x[moment1] + g;
           return std::vector<double>{x[param] - s[1] * rate * m, m};
         }});
}

TEST_CASE("average") {
  check({"average", {ema, param}, {ema}, false, [](const double *x, double, double) {
           return std::vector<double>{0.9999 * x[ema] + (1 - 0.9999) * x[param]};
         }});
}
