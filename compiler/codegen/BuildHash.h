// What a weight file and a library must have in common.
#pragma once

#include "compiler/codegen/Options.h"
#include "compiler/plan/Program.h"

#include <cstdint>
#include <string_view>

namespace cnx {

// Of architecture, options and layout: everything of the plan and the options but the parameters'
// values (files, tensors, initialisers), labels and pre-processing. In NAME.h, the weight file's
// header and the manifest.
uint64_t buildHash(const Plan &plan, const CodegenOptions &options);

// FNV-1a of 64 bits. Chained: the seed is another text's hash.
inline constexpr uint64_t kHashSeed = 0xcbf29ce484222325;
uint64_t hashText(std::string_view text, uint64_t seed = kHashSeed);

} // namespace cnx
