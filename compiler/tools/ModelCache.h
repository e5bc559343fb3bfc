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

// An entry, locked against other processes as long as this lives: shared by its readers, or held
// alone to fill it.
class CacheEntry {
public:
  // Shared at first; waits while another process fills it. `key` is a file name.
  CacheEntry(const std::filesystem::path &root, const std::string &key);
  ~CacheEntry(); // unlocks, and marks the entry as just used
  CacheEntry(const CacheEntry &) = delete;
  CacheEntry &operator=(const CacheEntry &) = delete;

  const std::filesystem::path &folder() const { return folder_; }

  // Waits until nobody else has it. Another process may have filled it meanwhile: look again.
  void holdAlone();
  void share();

private:
  void lock(int operation);

  std::filesystem::path folder_;
  int file_ = -1;
};

// Removes whole entries, the longest unused first, until at most `limit` bytes are left; entries
// that another process (or a CacheEntry of this one) holds stay.
void trimCache(const std::filesystem::path &root, uint64_t limit);

} // namespace cnx
