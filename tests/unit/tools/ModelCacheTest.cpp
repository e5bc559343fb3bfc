#include "compiler/tools/ModelCache.h"

#include "compiler/Error.h"
#include "tests/support/TemporaryFolder.h"
#include "tests/support/catch.h"

#include <atomic>
#include <chrono>
#include <fstream>
#include <optional>
#include <thread>

using namespace cnx;
using Catch::Matchers::Contains;

namespace {

void fill(const std::filesystem::path &root, const std::string &key, size_t bytes, int hoursAgo) {
  { std::ofstream(CacheEntry(root, key).folder() / "data") << std::string(bytes, 'x'); }
  std::filesystem::last_write_time(root / key, std::filesystem::file_time_type::clock::now() -
                                                   std::chrono::hours(hoursAgo));
}

struct Environment {
  Environment(const char *name, const char *value) : name_(name) {
    if (const char *before = std::getenv(name))
      before_ = before;
    value ? setenv(name, value, 1) : unsetenv(name);
  }
  ~Environment() { before_ ? setenv(name_, before_->c_str(), 1) : unsetenv(name_); }
  const char *name_;
  std::optional<std::string> before_;
};

} // namespace

TEST_CASE("the cache stands where XDG says") {
  Environment home("HOME", "/h");
  {
    Environment xdg("XDG_CACHE_HOME", "/x");
    CHECK(cacheFolder() == "/x/cnx");
  }
  Environment xdg("XDG_CACHE_HOME", nullptr);
  CHECK(cacheFolder() == "/h/.cache/cnx");
  Environment nowhere("HOME", nullptr);
  CHECK_THROWS_WITH(cacheFolder(), Contains("neither XDG_CACHE_HOME nor HOME"));
}

TEST_CASE("the cache's limit is a number of MiB") {
  Environment limit("CNX_CACHE_MIB", "3");
  CHECK(cacheLimit() == 3u << 20);
  Environment wrong("CNX_CACHE_MIB", "3G");
  CHECK_THROWS_WITH(cacheLimit(), Contains("found '3G', expected a number of MiB"));
}

TEST_CASE("readers share an entry, who fills it has it alone") {
  TemporaryFolder folder;
  std::atomic<bool> second{false};
  std::thread other;
  {
    CacheEntry entry(folder.path(), "a"), reader(folder.path(), "a");
    CHECK(reader.folder() == entry.folder());
  }
  {
    CacheEntry entry(folder.path(), "a");
    entry.holdAlone();
    other = std::thread([&] {
      CacheEntry mine(folder.path(), "a");
      second = true;
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    CHECK_FALSE(second);
  }
  other.join();
  CHECK(second);
}

TEST_CASE("trimming removes the longest unused first and spares what is held") {
  TemporaryFolder folder;
  fill(folder.path(), "old", 1000, 3);
  fill(folder.path(), "middle", 1000, 2);
  fill(folder.path(), "new", 1000, 1);
  auto there = [&](const char *key) { return std::filesystem::exists(folder.path() / key); };

  trimCache(folder.path(), 3000);
  CHECK((there("old") && there("middle") && there("new")));

  SECTION("down to the limit") {
    trimCache(folder.path(), 2000);
    CHECK_FALSE(there("old"));
    CHECK((there("middle") && there("new")));
  }
  SECTION("past one that is held") {
    CacheEntry held(folder.path(), "old");
    std::filesystem::last_write_time(held.folder(), std::filesystem::file_time_type::clock::now() -
                                                        std::chrono::hours(3));
    trimCache(folder.path(), 2000);
    CHECK((there("old") && there("new")));
    CHECK_FALSE(there("middle"));
  }
}
