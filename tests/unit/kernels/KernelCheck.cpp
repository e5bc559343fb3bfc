#include "tests/unit/kernels/KernelCheck.h"

#include "tests/support/catch.h"
#include "tests/unit/kernels/KernelRunner.h"
#include "tests/unit/kernels/NaiveGraph.h"

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <limits>
#include <memory>

namespace cnx::test {

namespace {

// A small generator of its own, so that values do not depend on the library.
struct Random {
  uint64_t state = 88172645463325252u;
  double uniform() { // in [-1, 1)
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return static_cast<double>(state >> 11) * (2.0 / 9007199254740992.0) - 1;
  }
};

size_t elementBytes(const Value &value) {
  return value.type == ElementType::u8 ? 1 : value.type == ElementType::bf16 ? 2 : 4;
}

// What lies in the inputs' pad lanes. Junk comes out as finite numbers, as a kernel promises; NaN
// shows whether it gets into anything else.
enum class Pads { junk, nan };

// Arguments in memory and as logical tensors.
struct Arguments {
  const KernelGraph &graph;
  std::map<int, std::unique_ptr<GuardedBuffer>> buffers;
  std::map<int, Tensor> tensors;
  std::map<int, float> scalars;
  Pads pads;

  Arguments(const KernelGraph &g, bool atEnd, Pads p = Pads::junk) : graph(g), pads(p) {
    Random random;
    for (int v = 0; v < static_cast<int>(g.values.size()); ++v)
      add(v, atEnd, random);
  }

  void add(int index, bool atEnd, Random &random) {
    const Value &value = graph.values[static_cast<size_t>(index)];
    if (value.role == Role::internal)
      return;
    if (value.role == Role::scalar) {
      scalars[index] = 1e-3f;
      tensors[index] = {{1}, {static_cast<double>(scalars[index])}};
      return;
    }
    const size_t bytes = static_cast<size_t>(value.elements()) * elementBytes(value);
    const size_t alignment = bytes % 64 == 0 && elementBytes(value) > 1 ? 64 : elementBytes(value);
    buffers[index] = std::make_unique<GuardedBuffer>(bytes, atEnd, alignment);
    if (value.role == Role::output)
      return;
    Tensor tensor{value.shape, {}};
    const size_t width = static_cast<size_t>(value.shape.back());
    const size_t pitch = static_cast<size_t>(value.pitch);
    for (size_t i = 0; i < static_cast<size_t>(value.elements()); ++i) {
      bool pad = i % pitch >= width;
      double drawn = pad ? 1e3 * random.uniform() : draw(value, index, i, random);
      store(index, i, pad && pads == Pads::nan ? std::nan("") : drawn, pad, tensor);
    }
    tensors[index] = tensor;
  }

  // Weights shrink with the length of the sum that they are part of, and their pads are zero.
  double draw(const Value &value, int index, size_t i, Random &random) const {
    if (value.type == ElementType::u8)
      return std::floor(127.5 * (1 + random.uniform()));
    double u = random.uniform();
    if (value.role != Role::weight)
      return 2 * u + 0.3;
    if (value.shape.size() == 3 && value.shape[2] == 16) // panels
      u /= std::sqrt(static_cast<double>(value.shape[1]));
    int64_t used = logicalWidth(index);
    int64_t column =
        value.shape.size() == 3 && value.shape[2] == 16
            ? static_cast<int64_t>(i) / (16 * value.shape[1]) * 16 + static_cast<int64_t>(i) % 16
            : static_cast<int64_t>(i) % value.shape.back();
    return column < used ? u : 0;
  }

  // Channels that a weight really has: those of the result (or operand) of the op that reads it.
  int64_t logicalWidth(int weight) const {
    const Node &node = graph.nodes[static_cast<size_t>(graph.users(weight).at(0))];
    return graph.values[static_cast<size_t>(node.outputs[0])].shape.back();
  }

  void store(int index, size_t i, double value, bool pad, Tensor &tensor) {
    void *data = buffers[index]->data();
    const ElementType type = graph.values[static_cast<size_t>(index)].type;
    if (type == ElementType::u8) {
      static_cast<uint8_t *>(data)[i] = static_cast<uint8_t>(value);
    } else if (type == ElementType::bf16) { // cut off: some bfloat16 will do
      auto single = static_cast<float>(value);
      uint32_t bits = 0;
      std::memcpy(&bits, &single, 4);
      static_cast<uint16_t *>(data)[i] = static_cast<uint16_t>(bits >> 16);
      bits &= 0xffff0000;
      std::memcpy(&single, &bits, 4);
      value = single;
    } else {
      static_cast<float *>(data)[i] = static_cast<float>(value);
      value = static_cast<float *>(data)[i];
    }
    if (!pad)
      tensor.data.push_back(value);
  }

  std::vector<void *> pointers() {
    std::vector<void *> result;
    for (int v : graph.arguments())
      result.push_back(scalars.count(v) ? static_cast<void *>(&scalars[v]) : buffers[v]->data());
    return result;
  }

  void poisonOutputs() {
    for (int v = 0; v < static_cast<int>(graph.values.size()); ++v)
      if (graph.values[static_cast<size_t>(v)].role == Role::output)
        std::fill_n(static_cast<float *>(buffers[v]->data()), buffers[v]->bytes() / 4,
                    std::numeric_limits<float>::quiet_NaN());
  }

  std::vector<float> bits(int v) const {
    auto *data = static_cast<const float *>(buffers.at(v)->data());
    return {data, data + buffers.at(v)->bytes() / 4};
  }
};

std::vector<int> outputsOf(const KernelGraph &graph) {
  std::vector<int> result;
  for (int v = 0; v < static_cast<int>(graph.values.size()); ++v)
    if (graph.values[static_cast<size_t>(v)].role == Role::output)
      result.push_back(v);
  return result;
}

bool sameBits(const std::vector<float> &a, const std::vector<float> &b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * 4) == 0;
}

// Without the pad lanes.
std::vector<float> logical(const Value &value, const std::vector<float> &elements) {
  std::vector<float> result;
  const size_t pitch = static_cast<size_t>(value.pitch);
  for (size_t i = 0; i < elements.size(); ++i)
    if (i % pitch < static_cast<size_t>(value.shape.back()))
      result.push_back(elements[i]);
  return result;
}

void compareToNaive(const Arguments &arguments, int v, double tolerance) {
  const Value &value = arguments.graph.values[static_cast<size_t>(v)];
  const Tensor &expected = arguments.tensors.at(v);
  const std::vector<float> got = arguments.bits(v);
  const size_t width = static_cast<size_t>(value.shape.back());
  const size_t pitch = static_cast<size_t>(value.pitch);
  double largest = 0, worst = 0;
  size_t where = 0;
  for (double e : expected.data)
    largest = std::max(largest, std::fabs(e));
  for (size_t i = 0; i < got.size(); ++i) {
    if (!std::isfinite(got[i])) {
      FAIL("output " << value.name << ": element " << i << " is " << got[i] << " (pitch " << pitch
                     << ", width " << width << ")");
    }
    if (i % pitch >= width)
      continue;
    double error = std::fabs(got[i] - expected.data[i / pitch * width + i % pitch]);
    if (error > worst) {
      worst = error;
      where = i;
    }
  }
  INFO("output " << value.name << ": worst at element " << where << ", largest " << largest);
  CHECK(worst <= tolerance * largest);
}

// NaN in the inputs' pad lanes: the same bits in all that is no pad lane.
void runWithNanPads(const LoadedKernel &kernel, const KernelGraph &graph,
                    const std::map<int, std::vector<float>> &results) {
  INFO("NaN in the pad lanes of inputs");
  Arguments arguments(graph, true, Pads::nan);
  arguments.poisonOutputs();
  REQUIRE(kernel.run(arguments.pointers()) == 0);
  for (const auto &[v, expected] : results) {
    const Value &value = graph.values[static_cast<size_t>(v)];
    INFO("output " << value.name);
    CHECK(sameBits(logical(value, expected), logical(value, arguments.bits(v))));
  }
}

void runAll(const KernelGraph &graph, Level level, const CheckOptions &options,
            std::map<int, std::vector<float>> &results) {
  LoadedKernel kernel(graph, level);
  for (bool atEnd : {true, false}) {
    Arguments arguments(graph, atEnd);
    std::map<int, Tensor> &tensors = arguments.tensors;
    computeNaively(graph, tensors);
    for (int threads : {1, 2, 3}) {
      INFO((atEnd ? "buffers at the end of a page, " : "buffers at the start of a page, ")
           << threads << " threads");
      arguments.poisonOutputs();
      REQUIRE(kernel.run(arguments.pointers(), threads) == 0);
      if (threads == 1)
        CHECK(LoadedKernel::scratchPeak() == kernel.facts.scratchBytes);
      else
        CHECK(LoadedKernel::scratchPeak() <= kernel.facts.scratchBytes);
      for (int v : outputsOf(graph)) {
        if (!results.count(v)) {
          compareToNaive(arguments, v, options.tolerance);
          results[v] = arguments.bits(v);
        }
        CHECK(sameBits(results[v], arguments.bits(v)));
      }
    }
  }
  runWithNanPads(kernel, graph, results);
}

// The same graph with one output over an input: same bits.
void runInPlace(KernelGraph graph, int out, int in, Level level,
                const std::map<int, std::vector<float>> &results) {
  INFO("in place: " << graph.values[static_cast<size_t>(out)].name << " over "
                    << graph.values[static_cast<size_t>(in)].name);
  graph.values[static_cast<size_t>(out)].inPlaceOf = in;
  LoadedKernel kernel(graph, level);
  for (int threads : {1, 2}) {
    Arguments arguments(graph, true);
    arguments.poisonOutputs();
    std::memcpy(arguments.buffers[out]->data(), arguments.buffers[in]->data(),
                arguments.buffers[in]->bytes());
    REQUIRE(kernel.run(arguments.pointers(), threads) == 0);
    for (const auto &[v, expected] : results)
      CHECK(sameBits(expected, arguments.bits(v)));
  }
}

} // namespace

void checkKernel(KernelGraph graph, const CheckOptions &options) {
  liftScalars(graph);
  canonicalise(graph);
  for (Level level : options.levels) {
    if (!machineHas(level)) {
      std::fprintf(stderr, "SKIPPED: this machine has no %s, its kernels are not tested\n",
                   levelName(level));
      continue;
    }
    INFO(kernelSymbol(graph) << " at " << levelName(level));
    std::map<int, std::vector<float>> results;
    runAll(graph, level, options, results);
    if (!options.inPlace)
      continue;
    for (int out : outputsOf(graph))
      for (int in = 0; in < static_cast<int>(graph.values.size()); ++in)
        if (mayOverwrite(graph, out, in))
          runInPlace(graph, out, in, level, results);
  }
}

} // namespace cnx::test
