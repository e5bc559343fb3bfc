#include "tests/unit/kernels/KernelRunner.h"

#include <dlfcn.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace cnx::test {

bool machineHas(Level level) {
  __builtin_cpu_init();
  if (level == Level::v3)
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq");
}

GuardedBuffer::GuardedBuffer(size_t bytes, bool atEnd, size_t alignment) : bytes_(bytes) {
  const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  const size_t inner = (bytes + page - 1) / page * page;
  mapped_ = inner + 2 * page;
  pages_ = mmap(nullptr, mapped_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages_ == MAP_FAILED)
    throw std::runtime_error("mmap failed");
  char *start = static_cast<char *>(pages_) + page;
  if (inner && mprotect(start, inner, PROT_READ | PROT_WRITE) != 0)
    throw std::runtime_error("mprotect failed");
  data_ = atEnd ? start + (inner - bytes) / alignment * alignment : start;
}

GuardedBuffer::~GuardedBuffer() { munmap(pages_, mapped_); }

namespace {

// One thread of a run: what a kernel gets as its user context. Blocks are a stack, as in a
// product: one that is freed before those above it counts until they have gone.
struct Worker {
  struct Block {
    std::unique_ptr<GuardedBuffer> memory; // null when freed
    void *data;
    int64_t counted;
  };
  int64_t live = 0, peak = 0;
  std::vector<Block> blocks;
};

struct Run {
  std::vector<Worker> workers;
};

Run *current = nullptr;
bool fastScratch = false, productCode = false;
thread_local std::multimap<size_t, void *> kept; // free blocks by size
thread_local std::map<void *, size_t> lent;
int64_t lastPeak = 0;

// The head of halide_buffer_t up to `host`: kernels promise to read nothing else.
struct BufferHead {
  uint64_t device;
  const void *deviceInterface;
  void *host;
  char rest[80];
};

} // namespace

extern "C" {

__attribute__((visibility("default"))) void *halide_malloc(void *context, size_t bytes) {
  if (fastScratch) {
    auto found = kept.find(bytes);
    void *memory =
        found == kept.end() ? std::aligned_alloc(64, (bytes + 127) / 64 * 64) : found->second;
    if (found != kept.end())
      kept.erase(found);
    lent[memory] = bytes;
    return memory;
  }
  auto *worker = static_cast<Worker *>(context);
  int64_t counted = (static_cast<int64_t>(bytes) + 63) / 64 * 64 + kScratchGap;
  // The runtime promises readable bytes before and after.
  auto block = std::make_unique<GuardedBuffer>(bytes + 2 * kScratchGap, true, 64);
  char *data = static_cast<char *>(block->data()) + kScratchGap;
  float nan = __builtin_nanf("");
  for (size_t i = 0; i + 4 <= bytes; i += 4)
    std::memcpy(data + i, &nan, 4);
  worker->live += counted;
  worker->peak = std::max(worker->peak, worker->live);
  worker->blocks.push_back({std::move(block), data, counted});
  return data;
}

__attribute__((visibility("default"))) void halide_free(void *context, void *memory) {
  if (fastScratch) {
    auto block = lent.find(memory);
    kept.emplace(block->second, memory);
    lent.erase(block);
    return;
  }
  auto *worker = static_cast<Worker *>(context);
  auto found = std::find_if(worker->blocks.rbegin(), worker->blocks.rend(), [&](const auto &block) {
    return block.memory && block.data == memory;
  });
  if (found == worker->blocks.rend())
    std::abort();
  found->memory.reset();
  while (!worker->blocks.empty() && !worker->blocks.back().memory) {
    worker->live -= worker->blocks.back().counted;
    worker->blocks.pop_back();
  }
}

__attribute__((visibility("default"))) int halide_do_par_for(void *,
                                                             int (*task)(void *, int, uint8_t *),
                                                             int min, int extent,
                                                             uint8_t *closure) {
  std::atomic<int> next{0}, status{0};
  auto work = [&](Worker *worker) {
    for (int i; (i = next++) < extent;)
      if (int code = task(worker, min + i, closure))
        status = code;
  };
  std::vector<std::thread> threads;
  for (size_t w = 1; w < current->workers.size(); ++w)
    threads.emplace_back(work, &current->workers[w]);
  work(&current->workers[0]);
  for (std::thread &thread : threads)
    thread.join();
  return status;
}

} // extern "C"

static std::string readText(const std::string &path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

static void generateAnew(const std::string &base, Level level) {
  const std::string features = level == Level::v3
                                   ? " -mcpu=x86-64-v3 -mattr=+prefer-no-gather"
                                   : " -mcpu=x86-64-v4 -mattr=-prefer-256-bit,+prefer-no-gather";
  const std::string command = "sed -E 's/(llvm.prefetch[a-z0-9.]*\\(ptr [^,]*, )i32 [01], i32 0, "
                              "i32 1/\\1i32 0, i32 2, i32 1/' " +
                              base + ".ll > " + base +
                              ".2.ll && llc-22 -O3 -relocation-model=pic -filetype=obj" + features +
                              " " + base + ".2.ll -o " + base + ".o";
  if (std::system(command.c_str()) != 0)
    throw std::runtime_error("llc-22 failed on " + base + ".ll");
}

LoadedKernel::LoadedKernel(const KernelGraph &graph, Level level, bool checked) : graph_(graph) {
  char folder[] = "/tmp/cnx-kernel-test-XXXXXX";
  if (!mkdtemp(folder))
    throw std::runtime_error("mkdtemp failed");
  const std::string base = std::string(folder) + "/kernel";
  KernelOutputs outputs;
  outputs.object = base + ".o";
  outputs.stmt = base + ".stmt";
  if (productCode)
    outputs.llvmAssembly = base + ".ll";
  outputs.prefetch = productCode;
  try {
    facts = compileKernel(graph, level, outputs, checked);
    stmt = readText(outputs.stmt);
    if (productCode)
      generateAnew(base, level);
    const std::string command = "cc -shared -o " + base + ".so " + base + ".o";
    if (std::system(command.c_str()) != 0)
      throw std::runtime_error("cannot link " + base + ".o");
    library_ = dlopen((base + ".so").c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!library_)
      throw std::runtime_error(dlerror());
    function_ = dlsym(library_, kernelSymbol(graph).c_str());
    if (!function_)
      throw std::runtime_error(dlerror());
  } catch (...) {
    std::filesystem::remove_all(folder);
    throw;
  }
  std::filesystem::remove_all(folder);
}

LoadedKernel::~LoadedKernel() {
  if (library_)
    dlclose(library_);
}

void LoadedKernel::useFastScratch() { fastScratch = true; }
void LoadedKernel::useProductCode() { productCode = true; }
int64_t LoadedKernel::scratchPeak() { return lastPeak; }

// Calls with up to sixteen pointers and two floats: floats travel in their own registers, so their
// place among the pointers does not matter on x86-64.
int LoadedKernel::run(const std::vector<void *> &arguments, int threads) const {
  std::vector<BufferHead> heads(arguments.size());
  std::vector<void *> pointers;
  std::vector<float> floats;
  const std::vector<int> order = graph_.arguments();
  for (size_t i = 0; i < order.size(); ++i) {
    if (graph_.values[static_cast<size_t>(order[i])].role == Role::scalar) {
      floats.push_back(*static_cast<const float *>(arguments[i]));
      continue;
    }
    std::memset(&heads[i], 0xff, sizeof(BufferHead));
    heads[i].host = arguments[i];
    pointers.push_back(&heads[i]);
  }
  if (pointers.size() > 16 || floats.size() > 2)
    throw std::runtime_error("too many arguments");
  pointers.resize(16);
  floats.resize(2);
  Run run;
  run.workers.resize(static_cast<size_t>(threads));
  current = &run;
  using Function =
      int (*)(void *, void *, void *, void *, void *, void *, void *, void *, void *, void *,
              void *, void *, void *, void *, void *, void *, void *, float, float);
  auto &p = pointers;
  int status = reinterpret_cast<Function>(function_)(
      &run.workers[0], p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7], p[8], p[9], p[10], p[11],
      p[12], p[13], p[14], p[15], floats[0], floats[1]);
  current = nullptr;
  lastPeak = 0;
  for (const Worker &worker : run.workers) {
    if (!worker.blocks.empty())
      throw std::runtime_error("the kernel left scratch allocated");
    lastPeak = std::max(lastPeak, worker.peak);
  }
  return status;
}

} // namespace cnx::test
