// Kernels built alone and loaded, at one instruction level.
#pragma once

#include "compiler/kernels/KernelGraph.h"
#include "compiler/tools/Options.h"

#include <filesystem>
#include <span>
#include <vector>

namespace cnx {

class KernelProgram {
public:
  // Builds the kernels, which take the same arguments, as a compilation does: workers, linker,
  // system compiler. Throws InternalError where one does not build.
  KernelProgram(const std::vector<KernelGraph> &kernels, Level level,
                const CompileOptions &options);
  ~KernelProgram();
  KernelProgram(const KernelProgram &) = delete;
  KernelProgram &operator=(const KernelProgram &) = delete;

  int64_t scratchBytes() const { return scratchBytes_; } // the most that one of them needs

private:
  friend class KernelThreads;
  void *symbol(const char *name) const;

  std::filesystem::path folder_; // removed with this
  Level level_;
  int64_t scratchBytes_ = 0;
  void *library_ = nullptr;
};

// Threads with scratch that run a program's kernels.
class KernelThreads {
public:
  KernelThreads(const KernelProgram &program, unsigned threads); // 0: one a core
  ~KernelThreads();
  KernelThreads(const KernelThreads &) = delete;
  KernelThreads &operator=(const KernelThreads &) = delete;

  // Pointers and floats in argument order, each kind apart. Throws InternalError where the kernel
  // reports an error.
  void run(size_t kernel, std::span<void *const> pointers, std::span<const float> scalars) const;

private:
  using Run = int (*)(void *, size_t, void *const *, const float *, void *);
  const KernelProgram &program_;
  void *context_ = nullptr;
  Run run_;
};

} // namespace cnx
