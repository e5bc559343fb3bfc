// Compiled models on disk, so that a command that runs a model compiles it once. A folder an entry,
// locked by one process at a time, and the whole bounded in size.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace cnx {

// $XDG_CACHE_HOME/cnx, else $HOME/.cache/cnx. Throws UserError where neither variable is set.
std::filesystem::path cacheFolder();

// Bytes that trimCache leaves: $CNX_CACHE_MIB, default 4096 MiB.
uint64_t cacheLimit();

// Holds an entry against all other processes; the folder exists as long as this does.
class CacheEntry {
public:
  // Waits until no other process has it. `key` is a file name.
  CacheEntry(const std::filesystem::path &root, const std::string &key);
  ~CacheEntry(); // unlocks, and marks the entry as just used
  CacheEntry(const CacheEntry &) = delete;
  CacheEntry &operator=(const CacheEntry &) = delete;

  const std::filesystem::path &folder() const { return folder_; }

private:
  std::filesystem::path folder_;
  int lock_ = -1;
};

// Removes whole entries, the longest unused first, until at most `limit` bytes are left; entries
// that another process (or a CacheEntry of this one) holds stay.
void trimCache(const std::filesystem::path &root, uint64_t limit);

} // namespace cnx
