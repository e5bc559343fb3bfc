// One kernel graph to machine code: stages, the fusion's schedule, Halide's lowering. No Halide
// type appears here.
#pragma once

#include "compiler/kernels/KernelGraph.h"

#include <string>

namespace cnx {

// Files to write; an empty path is not wanted.
struct KernelOutputs {
  std::string bitcode;
  std::string object;
  std::string stmt; // the lowered statement, as text
  std::string llvmAssembly;
  std::string assembly;
  // Fetch weights ahead of their use (PrefetchPanels.h). Halide writes its prefetches as
  // non-temporal ones, which bypass the level-2 cache and cost more than they give; codegen raises
  // them (LinkKernels), so what is not linked by it leaves them out.
  bool prefetch = false;
};

struct KernelFacts {
  // What one worker's scratch stack must hold while it runs this kernel: allocations above Halide's
  // stack limit, each rounded up to 64 bytes and counted with kScratchGap.
  int64_t scratchBytes = 0;
  // Iterations of the outermost parallel loops, the largest of them; 1 where the kernel is
  // sequential.
  int64_t tasks = 1;
};

// Readable bytes that an allocation has before and after it.
inline constexpr int64_t kScratchGap = 64;

// The function is `int SYMBOL(void *user_context, halide_buffer_t *... , float ...)`, symbol
// kernelSymbol(graph), arguments in the order of graph.arguments(); it reads only `host` of each
// buffer, and calls at most halide_do_par_for, halide_malloc and halide_free. `checked`: Halide's
// run-time checks stay in, and the halide_error family is called too. Throws UserError, naming the
// symbol, for a graph that cannot be built.
KernelFacts compileKernel(const KernelGraph &graph, Level level, const KernelOutputs &outputs,
                          bool checked = false);

} // namespace cnx
