// What the lowered statement of a kernel says about its run: scratch and tasks.
#pragma once

#include "compiler/kernels/Compile.h"

#include <Halide.h>

namespace cnx {

KernelFacts factsOf(const Halide::Module &module, const std::string &symbol);

} // namespace cnx
