// Compiled kernels on disk, by content: the same kernel is lowered once on a machine.
#pragma once

#include "compiler/kernels/KernelGraph.h"

#include <filesystem>
#include <string>

namespace cnx {

// $XDG_CACHE_HOME/cnx/kernels, else ~/.cache/cnx/kernels, else empty (no cache).
std::filesystem::path defaultKernelCache();

// One kernel at one level, made by one worker program. An entry is a folder that appears at once
// and complete; it holds graph.json as well, so that two graphs of the same hash are not mistaken
// for each other.
class KernelCacheEntry {
public:
  KernelCacheEntry(const std::filesystem::path &cache, const std::string &graphJson, Level level,
                   const std::string &workerIdentity);

  // Copies the entry's bitcode and facts to PREFIX.bc and PREFIX.json; false where there is no
  // entry.
  bool fetch(const std::filesystem::path &prefix) const;
  // Keeps PREFIX.bc and PREFIX.json. A cache that cannot be written is no error.
  void store(const std::filesystem::path &prefix) const;

private:
  std::filesystem::path folder;
  std::string graph;
};

// A program's identity: changes when it is built anew.
std::string programIdentity(const std::filesystem::path &program);

} // namespace cnx
