#include "compiler/codegen/KernelCache.h"

#include "compiler/codegen/BuildHash.h"

#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <unistd.h>

namespace fs = std::filesystem;

namespace cnx {
namespace {

std::string readFile(const fs::path &path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return file ? text.str() : std::string();
}

bool copyFile(const fs::path &from, const fs::path &to) {
  std::error_code error;
  return fs::copy_file(from, to, fs::copy_options::overwrite_existing, error);
}

} // namespace

fs::path defaultKernelCache() {
  if (const char *folder = std::getenv("XDG_CACHE_HOME"); folder != nullptr && *folder == '/')
    return fs::path(folder) / "cnx" / "kernels";
  if (const char *home = std::getenv("HOME"); home != nullptr && *home == '/')
    return fs::path(home) / ".cache" / "cnx" / "kernels";
  return {};
}

KernelCacheEntry::KernelCacheEntry(const fs::path &cache, const std::string &graphJson, Level level,
                                   const std::string &workerIdentity)
    : graph(graphJson) {
  const std::string key = fmt::format("{}\n{}\n{}", levelName(level), workerIdentity, graphJson);
  folder = cache / fmt::format("{:016x}", hashText(key));
}

bool KernelCacheEntry::fetch(const fs::path &prefix) const {
  return readFile(folder / "graph.json") == graph &&
         copyFile(folder / "kernel.bc", prefix.string() + ".bc") &&
         copyFile(folder / "kernel.json", prefix.string() + ".json");
}

void KernelCacheEntry::store(const fs::path &prefix) const {
  // Filled under another name, then renamed; a rename onto an entry that another process has made
  // meanwhile fails, and that entry is as good.
  std::error_code error;
  fs::create_directories(folder.parent_path(), error);
  std::string draft = folder.string() + ".XXXXXX";
  if (error || mkdtemp(draft.data()) == nullptr)
    return;
  std::ofstream(fs::path(draft) / "graph.json", std::ios::binary) << graph;
  if (copyFile(prefix.string() + ".bc", fs::path(draft) / "kernel.bc") &&
      copyFile(prefix.string() + ".json", fs::path(draft) / "kernel.json") &&
      readFile(fs::path(draft) / "graph.json") == graph)
    fs::rename(draft, folder, error);
  fs::remove_all(draft, error);
}

std::string programIdentity(const fs::path &program) {
  std::error_code error;
  const auto size = fs::file_size(program, error);
  const auto time = fs::last_write_time(program, error).time_since_epoch().count();
  return fmt::format("{} {}", error ? 0 : size, time);
}

} // namespace cnx
