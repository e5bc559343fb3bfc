// The phase `code`: a plan becomes files. The one entry for the driver.
#pragma once

#include "compiler/codegen/Options.h"
#include "compiler/plan/Program.h"

#include <cstdint>
#include <filesystem>

namespace cnx {

struct EmittedFiles {
  std::filesystem::path header, source, manifest, archive;
  uint64_t build = 0;       // what the weight file's header must say
  int64_t payloadBytes = 0; // of the weight file
  int64_t scratchBytes = 0; // of one worker
  int kernelsFromCache = 0; // of kernels times levels
};

// Writes NAME.h, NAME.cpp, NAME.json and libNAME.a to options.outputFolder, which is created. The
// weight file is the caller's (compiler/weights), with buildHash (BuildHash.h) in its header; to be
// embedded it has to be there before. Throws UserError, and InternalError where a kernel does not
// build. Equal input gives equal bytes.
EmittedFiles emitAll(const Plan &plan, const CodegenOptions &options);

// The program alone, without building anything: what --emit code shows.
std::string emitProgramText(const Plan &plan, const CodegenOptions &options);

} // namespace cnx
