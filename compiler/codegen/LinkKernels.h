// One instruction level's kernels, from bitcode to one object with one symbol.
#pragma once

#include "compiler/kernels/KernelGraph.h"

#include <filesystem>
#include <string>
#include <vector>

namespace cnx {

// One kernel's bitcode: `int SYMBOL(void *user_context, halide_buffer_t *..., float...,
// halide_buffer_t *...)`.
struct KernelBitcode {
  std::string symbol;
  std::filesystem::path path;
  // What the plan will call it with: pointers read, then floats, then pointers written.
  int reads = 0;
  int scalars = 0;
  int writes = 0;
};

struct LinkRequest {
  std::string table;                  // the object's only symbol: "tiny_kernels_v3"
  Level level = Level::v3;            // of all kernels
  std::vector<KernelBitcode> kernels; // in the table's order
  std::filesystem::path object;       // is written
  std::filesystem::path
      dumpFolder; // where not empty: <symbol>.<level>.ll and .s, as they stand in the object
};

// Writes a position-independent object that defines the hidden constant table of
// `int SYMBOL(void *worker, const void *..., float..., void *...)` and needs nothing but
// cnx_rt_do_par_for, cnx_rt_scratch_malloc, cnx_rt_scratch_free, memcpy and memset. Equal requests
// give equal bytes.
//
// Throws InternalError, naming the kernel, for bitcode that cannot be read, has another signature,
// reads more of a buffer than its host pointer, or calls anything else. Safe to call from several
// threads.
void linkKernels(const LinkRequest &request);

} // namespace cnx
