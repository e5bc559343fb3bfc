// The scratch stack of a worker.
#include "tests/unit/runtime/Context.h"

#include <cstring>

using Catch::Matchers::Contains;

namespace {

unsigned char *take(void *worker, size_t bytes) {
  return static_cast<unsigned char *>(cnx_rt_scratch_malloc(worker, bytes));
}

} // namespace

TEST_CASE("scratch: blocks are aligned, apart, and readable 64 bytes on either side", "[runtime]") {
  Context context = makeContext(testOptions(1), 0, 64 + 128 + 192);
  void *worker = cnx_rt_context_worker(context.get());
  unsigned char *a = take(worker, 1), *b = take(worker, 65), *c = take(worker, 192);
  volatile unsigned char sum = 0;
  for (unsigned char *block : {a, b, c})
    CHECK(reinterpret_cast<uintptr_t>(block) % 64 == 0);
  for (int i = 1; i <= 64; ++i)
    sum = static_cast<unsigned char>(sum + a[-i] + c[192 + i - 1]);
  CHECK(b - a == 64);
  CHECK(c - b == 128);
  std::memset(a, 1, 64), std::memset(b, 2, 128), std::memset(c, 3, 192);
  CHECK(a[63] == 1);
  CHECK(b[127] == 2);
  for (unsigned char *block : {c, b, a})
    cnx_rt_scratch_free(worker, block);
  CHECK(cnx_rt_context_enter(context.get()) == CNX_RT_OK);
  CHECK(cnx_rt_context_leave(context.get()) == CNX_RT_OK);
}

TEST_CASE("scratch: frees in any order give the memory back", "[runtime]") {
  Context context = makeContext(testOptions(1), 0, 4 * 64);
  void *worker = cnx_rt_context_worker(context.get());
  const int orders[][4] = {{0, 1, 2, 3}, {3, 2, 1, 0}, {1, 3, 0, 2}, {2, 0, 3, 1}, {0, 3, 1, 2}};
  for (auto &order : orders) {
    unsigned char *blocks[4];
    for (unsigned char *&block : blocks)
      block = take(worker, 64);
    for (int i : order)
      cnx_rt_scratch_free(worker, blocks[i]);
    CHECK(take(worker, 256) == blocks[0]); // all of it again
    cnx_rt_scratch_free(worker, blocks[0]);
  }
  cnx_rt_scratch_free(worker, nullptr);
  // A freed block below a live one stays taken until that one goes.
  unsigned char *a = take(worker, 64), *b = take(worker, 64);
  cnx_rt_scratch_free(worker, a);
  unsigned char *c = take(worker, 64);
  CHECK(c == b + 64);
  cnx_rt_scratch_free(worker, c);
  cnx_rt_scratch_free(worker, b);
  CHECK(take(worker, 64) == a);
}

TEST_CASE("scratch: a request beyond the plan is served, and the step reports it", "[runtime]") {
  Context context = makeContext(testOptions(2), 0, 128);
  for (int repeat = 0; repeat < 2; ++repeat) {
    REQUIRE(cnx_rt_context_enter(context.get()) == CNX_RT_OK);
    loop(context.get(), 2, [](void *worker, int i) {
      unsigned char *fits = take(worker, 64);
      unsigned char *more = take(worker, i == 1 ? 1000 : 64);
      if (reinterpret_cast<uintptr_t>(more) % 64 != 0)
        return 1;
      std::memset(more, 9, i == 1 ? 1000 : 64);
      volatile unsigned char around = more[-64];
      around = more[i == 1 ? 1000 + 63 : 63];
      (void)around;
      cnx_rt_scratch_free(worker, fits);
      cnx_rt_scratch_free(worker, more);
      return 0;
    });
    CHECK(cnx_rt_context_leave(context.get()) == CNX_RT_INTERNAL);
    CHECK_THAT(cnx_rt_context_message(context.get()),
               Contains("a kernel asked for 1024 bytes of scratch beyond the 128 planned"));
  }
  REQUIRE(cnx_rt_context_enter(context.get()) == CNX_RT_OK);
  CHECK(cnx_rt_context_leave(context.get()) == CNX_RT_OK); // forgotten
  CHECK(take(cnx_rt_context_worker(context.get()), SIZE_MAX - 10) == nullptr);
}

TEST_CASE("scratch: a stack deeper than stated is reported too", "[runtime]") {
  Context context = makeContext(testOptions(1), 0, 64 * (CNX_RT_SCRATCH_BLOCKS + 1));
  void *worker = cnx_rt_context_worker(context.get());
  REQUIRE(cnx_rt_context_enter(context.get()) == CNX_RT_OK);
  std::vector<void *> blocks;
  for (int i = 0; i <= CNX_RT_SCRATCH_BLOCKS; ++i)
    blocks.push_back(take(worker, 64));
  for (void *block : blocks)
    cnx_rt_scratch_free(worker, block);
  CHECK(cnx_rt_context_leave(context.get()) == CNX_RT_INTERNAL);
}

TEST_CASE("scratch: what a failed kernel left is taken back at the end of the step", "[runtime]") {
  Context context = makeContext(testOptions(1), 0, 128);
  void *worker = cnx_rt_context_worker(context.get());
  REQUIRE(cnx_rt_context_enter(context.get()) == CNX_RT_OK);
  unsigned char *lost = take(worker, 128);
  CHECK(cnx_rt_context_leave(context.get()) == CNX_RT_OK);
  CHECK(take(worker, 128) == lost);
}
