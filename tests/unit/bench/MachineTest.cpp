// The yardsticks on this machine: no speeds are judged, only that they hang together.
#include "compiler/Error.h"
#include "compiler/tools/BenchContext.h"
#include "compiler/tools/Cores.h"
#include "compiler/tools/MemorySpeed.h"
#include "tests/support/catch.h"

#include <atomic>
#include <sched.h>
#include <thread>

using namespace cnx;

TEST_CASE("work runs once on each of the named cores, and is timed until the last has ended",
          "[bench]") {
  std::thread([] { // pins its thread
    const std::vector<int> cores = availableCores();
    REQUIRE(!cores.empty());
    std::vector<int> seen(cores.size(), -1);
    std::atomic<int> calls{0};
    const double seconds = timeOnCores(cores, [&](size_t i) {
      seen[i] = sched_getcpu();
      ++calls;
      std::this_thread::sleep_for(std::chrono::milliseconds(i == 0 ? 1 : 5));
    });
    CHECK(seen == cores);
    CHECK(calls == int(cores.size()));
    CHECK(seconds >= (cores.size() > 1 ? 0.005 : 0.001));
  })
      .join();
}

TEST_CASE("threads that came since are pinned, the others are left alone", "[bench]") {
  std::thread([] {
    const std::vector<int> cores = availableCores();
    std::atomic<bool> stop{false};
    std::atomic<int> core{-2};
    const std::set<int> before = threadsOfThisProcess();
    std::thread fresh([&] {
      while (!stop) {
        cpu_set_t set;
        sched_getaffinity(0, sizeof set, &set);
        core = CPU_COUNT(&set) == 1 ? sched_getcpu() : -1;
      }
    });
    CHECK(threadsOfThisProcess().size() == before.size() + 1);
    const std::vector<int> wanted = {cores.front(), cores.back()};
    pinNewThreads(before, wanted);
    core = -2;
    while (core == -2)
      std::this_thread::yield();
    stop = true;
    fresh.join();
    CHECK(core == cores.back());
  }).join();
}

TEST_CASE("a memory speed is measured once for all sizes of a power of two", "[bench]") {
  std::thread([] {
    MemorySpeed speed({availableCores().front()});
    const double first = speed.read(100 << 10);
    CHECK(first > 1e8);
    CHECK(speed.read(65 << 10) == first);
    CHECK(speed.copy(100 << 10) > 1e8);
  }).join();
}

TEST_CASE("more threads than cores are refused", "[bench]") {
  const auto cores = unsigned(availableCores().size());
  CHECK(firstCores(cores).size() == cores);
  CHECK_THROWS_AS(firstCores(cores + 1), UserError);
}
