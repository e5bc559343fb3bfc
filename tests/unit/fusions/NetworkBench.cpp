// cnx-kernel-bench [--model tiny|atto|...] [--batch N] [--level v3|v4] [--runs N] [--no-fusion]
// [--v2]
//
// Runs a whole forward pass on one thread, kernel after kernel with the network's own traffic, and
// prints each kernel's time and its share of the multiply-add peak sampled beside it. Only products
// and convolutions are counted as work.
#include "tests/unit/fusions/FmaPeak.h"
#include "tests/unit/fusions/Grouping.h"
#include "tests/unit/fusions/Network.h"
#include "tests/unit/kernels/KernelRunner.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <stdexcept>

using namespace cnx;
using namespace cnx::test;

namespace {

const std::map<std::string, NetworkShape> &models() {
  static const std::map<std::string, NetworkShape> all = {
      {"atto", {{2, 2, 6, 2}, {40, 80, 160, 320}}},
      {"nano", {{2, 2, 8, 2}, {80, 160, 320, 640}}},
      {"tiny", {{3, 3, 9, 3}, {96, 192, 384, 768}}},
      {"base", {{3, 3, 27, 3}, {128, 256, 512, 1024}}},
  };
  return all;
}

double workOf(const KernelGraph &graph) {
  double flops = 0;
  for (const Node &node : graph.nodes) {
    const Value &out = graph.values[static_cast<size_t>(std::max(node.outputs[0], 0))];
    double rows = 1;
    for (size_t i = 0; i + 1 < out.shape.size(); ++i)
      rows *= static_cast<double>(out.shape[i]);
    const double features = static_cast<double>(out.shape.back());
    if (node.op == "linear" || node.op == "patch_conv")
      flops += 2 * rows * features *
               static_cast<double>(graph.values[static_cast<size_t>(node.inputs[1])].shape[1]);
    if (node.op == "dwconv")
      flops += 2 * rows * features *
               static_cast<double>(node.integer("kernel") * node.integer("kernel"));
  }
  return flops;
}

// Buffers of the function's values; one that nobody needs any more is used again.
struct Memory {
  std::map<int, void *> of;
  std::multimap<size_t, void *> free;

  static size_t bytesOf(const Value &value) {
    return static_cast<size_t>(value.elements()) * 4 / 64 * 64 + 128;
  }
  void *take(size_t bytes) {
    auto found = free.lower_bound(bytes);
    if (found != free.end() && found->first < 2 * bytes) {
      void *memory = found->second;
      free.erase(found);
      return memory;
    }
    void *memory = std::aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);
    std::memset(memory, 0, bytes);
    return memory;
  }
};

struct Launch {
  LoadedKernel *kernel;
  std::vector<void *> arguments;
};

struct Timed {
  std::unique_ptr<LoadedKernel> kernel;
  std::string symbol;
  double flops = 0;
  int count = 0;
  std::vector<double> seconds, peaks; // one a run, all launches together
};

void fillWeights(void *memory, const Value &value) {
  auto *data = static_cast<float *>(memory);
  for (int64_t i = 0; i < value.elements(); ++i)
    data[i] = static_cast<float>((i * 7919 % 201) - 100) * 2e-4f;
}

// Weights lie one behind the other, as in a weight file.
struct WeightMemory {
  std::vector<char> bytes;
  size_t used = 0;
  void *take(size_t size) {
    if (bytes.empty())
      bytes.resize(size_t(512) << 20);
    size_t offset = (64 - reinterpret_cast<uintptr_t>(bytes.data()) % 64) % 64 + used;
    used += (size + 63) / 64 * 64;
    if (offset + size > bytes.size())
      throw std::runtime_error("more weights than the bench has room for");
    return bytes.data() + offset;
  }
};

struct Bench {
  KernelGraph function;
  Level level;
  int repeats = 1;
  std::map<std::string, Timed> kernels;
  std::vector<std::pair<Timed *, std::vector<void *>>> launches;
  Memory memory;
  WeightMemory weights;
  std::vector<float> scalars = std::vector<float>(8, 1e-6f);

  int lastUse(const std::vector<Group> &groups, int v) const {
    int last = -1;
    for (size_t g = 0; g < groups.size(); ++g)
      if (std::count(groups[g].values.begin(), groups[g].values.end(), v))
        last = static_cast<int>(g);
    return last;
  }

  // An output over an input that nobody reads later.
  void markInPlace(const std::vector<Group> &groups, size_t g, KernelGraph &graph) const {
    for (size_t out = 0; out < graph.values.size(); ++out)
      for (size_t in = 0; in < graph.values.size(); ++in)
        if (graph.values[out].inPlaceOf < 0 &&
            mayOverwrite(graph, static_cast<int>(out), static_cast<int>(in)) &&
            lastUse(groups, groups[g].values[in]) == static_cast<int>(g))
          graph.values[out].inPlaceOf = static_cast<int>(in);
  }

  void prepare(bool fuse) {
    const std::vector<Group> groups = formGroups(function, fuse);
    for (size_t g = 0; g < groups.size(); ++g) {
      KernelGraph graph = groups[g].graph;
      markInPlace(groups, g, graph);
      bind(groups, g, graph);
    }
  }

  void bind(const std::vector<Group> &groups, size_t g, const KernelGraph &graph) {
    const std::vector<int> &values = groups[g].values;
    Timed &timed = kernels[toJson(graph)];
    if (!timed.kernel) {
      timed.kernel = std::make_unique<LoadedKernel>(graph, level);
      timed.symbol = kernelSymbol(graph);
      timed.flops = workOf(graph);
    }
    ++timed.count;
    for (size_t i = 0; i < values.size(); ++i) {
      const Value &value = graph.values[i];
      if (values[i] < 0 || value.role == Role::internal || memory.of.count(values[i]))
        continue;
      if (value.inPlaceOf >= 0) {
        memory.of[values[i]] = memory.of.at(values[static_cast<size_t>(value.inPlaceOf)]);
        continue;
      }
      void *data = value.role == Role::weight
                       ? weights.take(static_cast<size_t>(value.elements()) * 4)
                       : memory.take(Memory::bytesOf(value));
      if (value.role == Role::weight)
        fillWeights(data, value);
      memory.of[values[i]] = data;
    }
    std::vector<void *> arguments;
    for (int v : graph.arguments()) {
      const int index = values[static_cast<size_t>(v)];
      arguments.push_back(index < 0 ? static_cast<void *>(scalars.data()) : memory.of.at(index));
    }
    launches.push_back({&timed, arguments});
    release(groups, g, graph);
  }

  void release(const std::vector<Group> &groups, size_t g, const KernelGraph &graph) {
    for (size_t i = 0; i < groups[g].values.size(); ++i) {
      const int v = groups[g].values[i];
      bool overwritten = false;
      for (const Value &value : graph.values)
        overwritten |= value.inPlaceOf == static_cast<int>(i);
      const Role role = graph.values[i].role;
      if (v >= 0 && !overwritten && (role == Role::input || role == Role::output) &&
          function.values[static_cast<size_t>(v)].role == Role::internal &&
          lastUse(groups, v) == static_cast<int>(g))
        memory.free.emplace(Memory::bytesOf(graph.values[i]), memory.of.at(v));
    }
  }

  void run() {
    for (auto &[json, timed] : kernels) {
      timed.seconds.push_back(0);
      timed.peaks.push_back(fmaPeak(level));
    }
    for (auto &[timed, arguments] : launches) {
      double best = 1e9;
      for (int i = 0; i < repeats; ++i) {
        const double start = threadSeconds();
        timed->kernel->run(arguments);
        best = std::min(best, threadSeconds() - start);
      }
      timed->seconds.back() += best;
    }
  }
};

// The value that a fifth of the runs are at or below: a neighbour's turns empty the caches in most
// of them.
double fifth(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 5];
}

void print(const Bench &bench) {
  double total = 0, flops = 0, peak = 0;
  std::printf("%5s %9s %9s %7s  %s\n", "count", "us each", "us all", "% peak", "kernel");
  for (const auto &[json, timed] : bench.kernels) {
    const double seconds = fifth(timed.seconds);
    peak = fifth(timed.peaks);
    total += seconds;
    flops += timed.flops * timed.count;
    std::printf("%5d %9.1f %9.1f %7.1f  %s\n", timed.count, seconds / timed.count * 1e6,
                seconds * 1e6, 100 * timed.flops * timed.count / seconds * 1e-9 / peak,
                timed.symbol.c_str());
  }
  std::printf("total %.2f ms, %.1f %% of a peak of %.1f GFLOP/s\n", total * 1e3,
              100 * flops / total * 1e-9 / peak, peak);
}

} // namespace

int main(int argc, char **argv) {
  std::string model = "tiny";
  bool fuse = true, v2 = false, product = true;
  int runs = 15, repeats = 1;
  int64_t batch = 1;
  Level level = machineHas(Level::v4) ? Level::v4 : Level::v3;
  for (int i = 1; i < argc; ++i) {
    const std::string flag = argv[i];
    const char *next = i + 1 < argc ? argv[i + 1] : "";
    if (flag == "--no-fusion")
      fuse = false;
    else if (flag == "--halide-code")
      product = false;
    else if (flag == "--v2")
      v2 = true;
    else if (flag == "--model")
      model = next, ++i;
    else if (flag == "--batch")
      batch = std::atoi(next), ++i;
    else if (flag == "--hot")
      repeats = 5;
    else if (flag == "--runs")
      runs = std::atoi(next), ++i;
    else if (flag == "--level")
      level = std::strcmp(next, "v3") ? Level::v4 : Level::v3, ++i;
    else {
      std::fprintf(stderr, "unknown option %s\n", argv[i]);
      return 2;
    }
  }
  if (!models().count(model) || batch < 1 || runs < 1) {
    std::fprintf(stderr, "--model: atto, nano, tiny or base; --batch and --runs: at least 1\n");
    return 2;
  }
  LoadedKernel::useFastScratch();
  if (product)
    LoadedKernel::useProductCode();
  NetworkShape shape = models().at(model);
  shape.images = batch;
  shape.v2 = v2;
  Bench bench;
  bench.function = inferenceGraph(shape);
  bench.level = level;
  bench.repeats = repeats;
  bench.prepare(fuse);
  for (int i = 0; i < runs; ++i)
    bench.run();
  print(bench);
}
