// libNAME.a: the program, compiled by the system's compiler, beside the kernels of all levels.
#pragma once

#include "compiler/codegen/Options.h"

#include <filesystem>
#include <string>
#include <vector>

namespace cnx {

// Compiles `source` (which stands in options.outputFolder) to `object`, position independent; the
// bytes do not depend on where any of this stands. Throws UserError with the compiler's words where
// it refuses.
void compileSource(const std::filesystem::path &source, const std::filesystem::path &object,
                   const CodegenOptions &options);

// An object that holds the file between NAME_embedded_begin and NAME_embedded_end, 64-byte aligned.
void embedFile(const std::string &name, const std::filesystem::path &file,
               const std::filesystem::path &object, const CodegenOptions &options);

} // namespace cnx
