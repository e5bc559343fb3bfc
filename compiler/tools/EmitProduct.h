// The phase `code` as the driver runs it: a finished plan becomes the product's files.
#pragma once

#include "compiler/codegen/Options.h"

#include <filesystem>
#include <string>

namespace cnx {

class CompileJob;
struct CompileOptions;

// What the code generator is told of the command line; without --cpu, both levels.
CodegenOptions codegenOptions(const CompileOptions &options, const std::filesystem::path &folder);

// NAME.weights, NAME.h, NAME.cpp, NAME.json and libNAME.a in the options' folder; with `embed` the
// weights are in the archive as well. Says what it does on stderr.
void emitProduct(CompileJob &job, CodegenOptions options, bool embed);

// NAME.weights alone, for a build of this hash.
void writeWeights(CompileJob &job, uint64_t build, const std::filesystem::path &path);

} // namespace cnx
