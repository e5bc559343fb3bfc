// One kernel built alone and loaded, at one instruction level.
#pragma once

#include "compiler/kernels/KernelGraph.h"
#include "compiler/tools/Options.h"

#include <filesystem>
#include <span>

namespace cnx {

class KernelProgram {
public:
  // Builds the kernel as a compilation does: worker, linker, system compiler. Throws InternalError
  // where it does not build.
  KernelProgram(const KernelGraph &graph, Level level, const CompileOptions &options);
  ~KernelProgram();
  KernelProgram(const KernelProgram &) = delete;
  KernelProgram &operator=(const KernelProgram &) = delete;

  int64_t scratchBytes() const { return scratchBytes_; }
  // Pointers and floats in argument order, each kind apart. Throws InternalError where the kernel
  // reports an error.
  void run(std::span<void *const> pointers, std::span<const float> scalars, unsigned threads);

private:
  std::filesystem::path folder_; // removed with this
  Level level_;
  int64_t scratchBytes_ = 0;
  void *library_ = nullptr;
};

} // namespace cnx
