// The plan's kernels from graphs to bitcode, in worker processes side by side.
#pragma once

#include "compiler/codegen/Emit.h"

#include <filesystem>
#include <string>
#include <vector>

namespace cnx {

struct BuiltKernels {
  // bitcode[l][k]: kernel k of the plan at the options' level l.
  std::vector<std::vector<std::filesystem::path>> bitcode;
  std::vector<KernelReport> reports; // one a kernel
  int fromCache = 0;                 // of levels * kernels
};

// Writes to `folder`, which must exist. Throws InternalError, with the KernelGraph's file as the
// reproducer, for the first kernel in the plan's order whose worker fails, crashes or runs out of
// time.
BuiltKernels buildKernels(const Plan &plan, const CodegenOptions &options,
                          const std::filesystem::path &folder);

// cnx-kernel-worker beside the running executable.
std::filesystem::path defaultKernelWorker();

} // namespace cnx
