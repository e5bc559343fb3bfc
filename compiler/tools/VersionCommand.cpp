#include "compiler/tools/Commands.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <llvm/Config/llvm-config.h>

namespace cnx {

void addVersionCommand(CLI::App &app) {
  app.add_subcommand("version", "versions of cnx, LLVM and Halide")->callback([] {
    fmt::print("cnx {}\nLLVM and MLIR {}\nHalide {}\n", CNX_VERSION, LLVM_VERSION_STRING,
               CNX_HALIDE_VERSION);
  });
}

} // namespace cnx
