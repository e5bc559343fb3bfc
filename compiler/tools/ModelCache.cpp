#include "compiler/tools/ModelCache.h"

#include "compiler/Error.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include <vector>

namespace cnx {

namespace fs = std::filesystem;

namespace {

fs::path lockOf(const fs::path &folder) { return folder.string() + ".lock"; }

int openLock(const fs::path &folder) {
  int file = ::open(lockOf(folder).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (file < 0)
    throw UserError(lockOf(folder).string() + ": cannot be opened: " + std::strerror(errno));
  return file;
}

uint64_t sizeOf(const fs::path &folder) {
  uint64_t bytes = 0;
  for (const auto &file : fs::recursive_directory_iterator(folder))
    if (file.is_regular_file())
      bytes += file.file_size();
  return bytes;
}

} // namespace

fs::path cacheFolder() {
  if (const char *xdg = std::getenv("XDG_CACHE_HOME"); xdg && *xdg)
    return fs::path(xdg) / "cnx";
  if (const char *home = std::getenv("HOME"); home && *home)
    return fs::path(home) / ".cache" / "cnx";
  throw UserError("the cache has no place: neither XDG_CACHE_HOME nor HOME is set");
}

uint64_t cacheLimit() {
  const char *text = std::getenv("CNX_CACHE_MIB");
  if (!text)
    return uint64_t(4096) << 20;
  uint64_t mebibytes = 0;
  auto [end, error] = std::from_chars(text, text + std::strlen(text), mebibytes);
  if (error != std::errc() || *end)
    throw UserError(std::string("CNX_CACHE_MIB: found '") + text + "', expected a number of MiB");
  return mebibytes << 20;
}

CacheEntry::CacheEntry(const fs::path &root, const std::string &key) : folder_(root / key) {
  std::error_code error;
  fs::create_directories(root, error);
  if (error)
    throw UserError(root.string() + ": cannot be created: " + error.message());
  file_ = openLock(folder_);
  lock(LOCK_SH);
}

void CacheEntry::lock(int operation) {
  while (::flock(file_, operation) != 0)
    if (errno != EINTR)
      throw UserError(lockOf(folder_).string() + ": cannot be locked: " + std::strerror(errno));
  fs::create_directories(folder_); // trimming may have taken it
}

void CacheEntry::holdAlone() { lock(LOCK_EX); }
void CacheEntry::share() { lock(LOCK_SH); }

CacheEntry::~CacheEntry() {
  std::error_code ignored;
  fs::last_write_time(folder_, fs::file_time_type::clock::now(), ignored);
  ::close(file_);
}

void trimCache(const fs::path &root, uint64_t limit) {
  struct Entry {
    fs::path folder;
    fs::file_time_type used;
    uint64_t bytes;
  };
  std::vector<Entry> entries;
  uint64_t total = 0;
  for (const auto &entry : fs::directory_iterator(root))
    if (entry.is_directory()) {
      entries.push_back({entry.path(), entry.last_write_time(), sizeOf(entry.path())});
      total += entries.back().bytes;
    }
  std::sort(entries.begin(), entries.end(),
            [](const Entry &a, const Entry &b) { return a.used < b.used; });
  for (const Entry &entry : entries) {
    if (total <= limit)
      return;
    // The lock file itself stays: removing it could hand two processes two different locks.
    int lock = openLock(entry.folder);
    if (::flock(lock, LOCK_EX | LOCK_NB) == 0) {
      fs::remove_all(entry.folder);
      total -= entry.bytes;
    }
    ::close(lock);
  }
}

} // namespace cnx
