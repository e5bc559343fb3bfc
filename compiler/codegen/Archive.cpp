#include "compiler/codegen/Archive.h"

#include "compiler/Error.h"
#include "compiler/codegen/Subprocess.h"

#include <fmt/format.h>

#include <fstream>

namespace fs = std::filesystem;

namespace cnx {
namespace {

constexpr int kCompilerSeconds = 600;

// Where cnx_rt.h is: told, in an installation's include folder, or in the source tree of a build.
fs::path headers(const CodegenOptions &options) {
  if (!options.runtimeInclude.empty())
    return options.runtimeInclude;
  const fs::path installed =
      fs::read_symlink("/proc/self/exe").parent_path().parent_path() / "include";
  return fs::exists(installed / "cnx_rt.h") ? installed : fs::path(CNX_RUNTIME_HEADERS);
}

void run(const std::vector<std::string> &command, const fs::path &folder) {
  const SubprocessResult result = runSubprocess(command, folder, kCompilerSeconds);
  if (!result.ok())
    throw UserError(
        fmt::format("--cxx: {}: {}\n{}", fmt::join(command, " "), result.outcome(), result.output));
}

} // namespace

void compileSource(const fs::path &source, const fs::path &object, const CodegenOptions &options) {
  const fs::path folder = fs::absolute(source).parent_path();
  run({options.cxx, "-std=c++17", "-O2", "-fPIC", "-fno-exceptions", "-fno-rtti",
       "-fno-asynchronous-unwind-tables", "-ffile-prefix-map=" + folder.string() + "=.",
       "-I" + fs::absolute(headers(options)).string(), "-c", source.filename().string(), "-o",
       fs::absolute(object).string()},
      folder);
}

void embedFile(const std::string &name, const fs::path &file, const fs::path &object,
               const CodegenOptions &options) {
  const fs::path source = object.string() + ".s";
  std::string path = fs::absolute(file).string();
  if (path.find_first_of("\"\\\n") != std::string::npos)
    throw UserError(
        fmt::format("--embed: found the path {}, expected one that an assembler can quote", path));
  std::ofstream text(source, std::ios::binary);
  text << fmt::format("  .section .rodata,\"a\",@progbits\n"
                      "  .balign 64\n"
                      "  .globl {0}_embedded_begin\n"
                      "  .hidden {0}_embedded_begin\n"
                      "{0}_embedded_begin:\n"
                      "  .incbin \"{1}\"\n"
                      "  .globl {0}_embedded_end\n"
                      "  .hidden {0}_embedded_end\n"
                      "{0}_embedded_end:\n"
                      "  .section .note.GNU-stack,\"\",@progbits\n",
                      name, path);
  text.close();
  if (!text)
    throw UserError(fmt::format("{}: cannot be written", source.string()));
  run({options.cxx, "-c", source.string(), "-o", fs::absolute(object).string()}, {});
}

} // namespace cnx
