// Compiles one kernel graph, loads it and runs it between guard pages, on its own threads and
// scratch.
#pragma once

#include "compiler/kernels/Compile.h"

#include <memory>
#include <string>
#include <vector>

namespace cnx::test {

// Whether this machine runs the level's instructions.
bool machineHas(Level level);

// Memory of exactly `bytes` bytes with an unreadable page on either side. At the end of its pages
// (one byte too far faults), or at the start (one byte too early does).
class GuardedBuffer {
public:
  GuardedBuffer(size_t bytes, bool atEnd, size_t alignment);
  ~GuardedBuffer();
  GuardedBuffer(const GuardedBuffer &) = delete;
  GuardedBuffer &operator=(const GuardedBuffer &) = delete;
  void *data() const { return data_; }
  size_t bytes() const { return bytes_; }

private:
  void *pages_ = nullptr;
  size_t mapped_ = 0, bytes_ = 0;
  void *data_ = nullptr;
};

// A kernel, compiled and loaded.
class LoadedKernel {
public:
  LoadedKernel(const KernelGraph &graph, Level level, bool checked = false);
  ~LoadedKernel();
  LoadedKernel(const LoadedKernel &) = delete;
  LoadedKernel &operator=(const LoadedKernel &) = delete;

  // One pointer an argument in argument order; for a scalar a pointer to the float. Returns the
  // kernel's status.
  int run(const std::vector<void *> &arguments, int threads = 1) const;

  KernelFacts facts;
  std::string stmt; // the lowered statement
  // Scratch from plain memory that is kept, as a product's worker does it: for timing. Else every
  // block stands between guard pages and starts as NaN.
  static void useFastScratch();
  // Machine code from LLVM 22's code generator, with the prefetches that a product's kernels have:
  // for timing.
  static void useProductCode();
  // Largest scratch that any worker held in the last run, counted as KernelFacts counts it.
  static int64_t scratchPeak();

private:
  KernelGraph graph_;
  void *library_ = nullptr, *function_ = nullptr;
};

} // namespace cnx::test
