#include "compiler/tools/BugReport.h"

#include <fstream>
#include <llvm/Config/llvm-config.h>

namespace cnx {

namespace fs = std::filesystem;

namespace {

// The first name that nobody has; creating a folder is atomic.
fs::path makeFolder(const fs::path &parent) {
  std::error_code error;
  for (int n = 1; n < 1000; ++n) {
    fs::path folder = parent / ("cnx-bug-" + std::to_string(n));
    if (fs::create_directory(folder, error))
      return folder;
    if (error)
      return {};
  }
  return {};
}

} // namespace

fs::path writeBugReport(const std::string &message, std::span<char *const> command,
                        const fs::path &reproducer) {
  std::error_code error;
  fs::path folder = makeFolder(".");
  if (folder.empty())
    folder = makeFolder(fs::temp_directory_path(error));
  if (folder.empty())
    return {};
  std::ofstream report(folder / "report.txt");
  report << "cnx " CNX_VERSION ", LLVM " LLVM_VERSION_STRING ", Halide " CNX_HALIDE_VERSION "\n"
         << "folder  " << fs::current_path(error).string() << "\ncommand";
  for (const char *argument : command)
    report << ' ' << argument;
  report << "\n\n" << message << '\n';
  if (!reproducer.empty())
    fs::copy(reproducer, folder / reproducer.filename(),
             fs::copy_options::overwrite_existing | fs::copy_options::recursive, error);
  return folder;
}

} // namespace cnx
