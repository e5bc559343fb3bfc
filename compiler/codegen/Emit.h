// The three texts of a compiled model. Deterministic: equal plans and options give equal bytes.
#pragma once

#include "compiler/codegen/Options.h"
#include "compiler/plan/Program.h"

#include <cstdint>
#include <string>

namespace cnx {

// What building the kernels has shown, beside their code.
struct KernelReport {
  int64_t scratchBytes = 0;   // of one worker's stack; the largest of all levels
  std::vector<int64_t> tasks; // of each of the options' levels: parallel tasks of a launch
};

// NAME.h. `reports` has one entry a kernel of the plan.
std::string emitHeader(const Plan &plan, const CodegenOptions &options,
                       const std::vector<KernelReport> &reports);

// NAME.cpp: compiles with -std=c++17 -Wall -Wextra -Wpedantic -fno-exceptions -fno-rtti, and links
// without libstdc++.
std::string emitSource(const Plan &plan, const CodegenOptions &options);

// NAME.json
std::string emitManifest(const Plan &plan, const CodegenOptions &options,
                         const std::vector<KernelReport> &reports);

} // namespace cnx
