// The parallel loop of kernels, on the runtime's pool and on an application's.
#include "tests/unit/runtime/Context.h"

#include <atomic>
#include <mutex>
#include <set>
#include <thread>
#include <time.h>
#include <xmmintrin.h>

using Catch::Matchers::Contains;

namespace {

// Runs tasks on fresh threads, thread k as worker k, in descending order.
struct ThreadsPool {
  int workers;
  bool dropLast = false, sameWorker = false, badWorker = false;
  static void parallelFor(void *self, int tasks, cnx_rt_task fn, void *arg) {
    const ThreadsPool *pool = static_cast<ThreadsPool *>(self);
    std::vector<std::thread> threads;
    for (int w = 0; w < pool->workers; ++w)
      threads.emplace_back([=] {
        _mm_setcsr(0x1F80);
        for (int task = tasks - 1 - w; task >= 0; task -= pool->workers)
          if (!(pool->dropLast && task == tasks - 1))
            fn(arg, task, pool->badWorker ? w + pool->workers : pool->sameWorker ? 0 : w);
        if (_mm_getcsr() != 0x1F80)
          std::abort(); // the application's own mode has to come back
      });
    for (std::thread &thread : threads)
      thread.join();
  }
  cnx_rt_foreign_pool foreign() { return {this, workers, parallelFor}; }
};

Context foreignContext(ThreadsPool &pool) {
  cnx_rt_foreign_pool foreign = pool.foreign();
  cnx_rt_options options = testOptions(0);
  options.foreign_pool = &foreign;
  return makeContext(options);
}

double threadSeconds() {
  timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

} // namespace

TEST_CASE("parallel loop: every task runs once, at any number of threads", "[runtime][threads]") {
  for (unsigned threads : {1u, 2u, 3u, 7u}) {
    Context context = makeContext(testOptions(threads));
    for (int extent : {0, 1, 2, 3, 6, 7, 8, 100}) {
      std::vector<std::atomic<int>> runs(static_cast<size_t>(extent));
      CHECK(loop(cnx_rt_context_worker(context.get()), -5, extent, [&](void *, int i) {
              ++runs[static_cast<size_t>(i + 5)];
              return 0;
            }) == 0);
      for (const std::atomic<int> &count : runs)
        CHECK(count == 1);
    }
    CHECK(loop(context.get(), -3, [](void *, int) { return 1; }) == 0);
  }
}

TEST_CASE("parallel loop: each worker has its own context and neighbouring tasks",
          "[runtime][threads]") {
  Context context = makeContext(testOptions(4));
  std::vector<void *> worker(10);
  std::vector<std::thread::id> thread(10);
  loop(context.get(), 10, [&](void *user, int i) {
    worker[static_cast<size_t>(i)] = user;
    thread[static_cast<size_t>(i)] = std::this_thread::get_id();
    return 0;
  });
  CHECK(worker[0] == cnx_rt_context_worker(context.get()));
  CHECK(thread[0] == std::this_thread::get_id()); // the caller takes part
  std::set<void *> workers;
  for (size_t i = 0; i < 10; ++i) {
    workers.insert(worker[i]);
    for (size_t k = 0; k < 10; ++k)
      CHECK((worker[i] == worker[k]) == (thread[i] == thread[k]));
    if (i > 0 && worker[i] != worker[i - 1])
      for (size_t k = i; k < 10; ++k)
        CHECK(worker[k] != worker[i - 1]); // a run, not scattered
  }
  CHECK(workers.size() == 4);
}

TEST_CASE("parallel loop: the lowest failing task decides", "[runtime][threads]") {
  ThreadsPool threads{3};
  auto check = [](cnx_rt_context *context) {
    for (int repeat = 0; repeat < 20; ++repeat) {
      CHECK(loop(context, 12, [](void *, int i) { return i >= 2 ? 100 + i : 0; }) == 102);
      CHECK(loop(context, 12, [](void *, int i) { return i == 11 || i == 6 ? -i : 0; }) == -6);
      CHECK(loop(context, 12, [](void *, int) { return 0; }) == 0); // forgotten again
    }
  };
  for (unsigned count : {1u, 2u, 5u})
    check(makeContext(testOptions(count)).get());
  check(foreignContext(threads).get());
}

TEST_CASE("parallel loop: a loop inside a task stays on the task's worker", "[runtime][threads]") {
  ThreadsPool threads{2};
  auto check = [](cnx_rt_context *context) {
    std::atomic<int> inner{0}, strays{0};
    CHECK(loop(context, 6, [&](void *outer, int i) {
            return loop(outer, 0, 5, [&, outer, i](void *user, int k) {
              ++inner;
              strays += user != outer;
              return i == 5 && k == 3 ? 43 : 0;
            });
          }) == 43);
    CHECK(inner == 5 * 5 + 4);
    CHECK(strays == 0);
  };
  check(makeContext(testOptions(3)).get());
  check(foreignContext(threads).get());
}

TEST_CASE("parallel loop: results are the same bits for any number of threads",
          "[runtime][threads]") {
  auto compute = [](unsigned threads) {
    Context context = makeContext(testOptions(threads));
    REQUIRE(cnx_rt_context_enter(context.get()) == CNX_RT_OK);
    std::vector<float> values(1000, 1e-38f);
    for (int step = 0; step < 30; ++step)
      loop(context.get(), 37, [&](void *, int task) {
        for (size_t i = static_cast<size_t>(task); i < values.size(); i += 37)
          values[i] =
              values[i] * 0.7f + (i % 3 ? 0.0f : 0.1f * static_cast<float>(i)); // meets subnormals
        return 0;
      });
    REQUIRE(cnx_rt_context_leave(context.get()) == CNX_RT_OK);
    return values;
  };
  std::vector<float> one = compute(1);
  CHECK(compute(2) == one);
  CHECK(compute(5) == one);
}

TEST_CASE("parallel loop: workers flush subnormals, and the caller's mode comes back",
          "[runtime][threads]") {
  ThreadsPool threads{2};
  auto check = [](cnx_rt_context *context) {
    unsigned before = _mm_getcsr();
    _mm_setcsr(0x1F80 | 0x6000); // the application rounds towards zero
    REQUIRE(cnx_rt_context_enter(context) == CNX_RT_OK);
    std::atomic<int> wrong{0};
    loop(context, 8, [&](void *, int) {
      volatile float small = 1e-38f;
      volatile float product = small * 0.1f;
      wrong += product != 0 || (_mm_getcsr() & 0x6000) != 0;
      return 0;
    });
    REQUIRE(cnx_rt_context_leave(context) == CNX_RT_OK);
    unsigned after = _mm_getcsr();
    _mm_setcsr(before);
    CHECK(wrong == 0);
    CHECK(after == (0x1F80u | 0x6000u));
  };
  check(makeContext(testOptions(3)).get());
  check(foreignContext(threads).get());
}

TEST_CASE("parallel loop: an application's pool that breaks its promise is reported",
          "[runtime][threads]") {
  auto run = [](ThreadsPool pool) {
    Context context = foreignContext(pool);
    int result = loop(context.get(), 9, [](void *, int) {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      return 0;
    });
    if (result != 0)
      CHECK_THAT(cnx_rt_context_message(context.get()), Contains("the application's pool ran "));
    return result;
  };
  CHECK(run({3}) == 0);
  CHECK(run({3, true}) == -1);
  CHECK(run({3, false, true}) == -1);
  CHECK(run({3, false, false, true}) == -1);
}

TEST_CASE("pool: several threads with a context each share it", "[runtime][threads]") {
  cnx_rt_pool *pool = nullptr;
  REQUIRE(cnx_rt_pool_create(3, &pool, nullptr) == CNX_RT_OK);
  CHECK(cnx_rt_pool_threads(pool) == 3);
  std::atomic<int> wrong{0};
  std::vector<std::thread> users;
  for (int user = 0; user < 3; ++user)
    users.emplace_back([&] {
      cnx_rt_model model = testModel(0, 0);
      cnx_rt_options options = testOptions(0);
      options.pool = pool;
      cnx_rt_context *context = nullptr;
      if (cnx_rt_context_create(&model, &options, &context, nullptr) != CNX_RT_OK) {
        ++wrong;
        return;
      }
      std::vector<int> values(50, 0);
      for (int step = 0; step < 300; ++step)
        loop(context, 50, [&](void *, int i) {
          values[static_cast<size_t>(i)] += i + step;
          return 0;
        });
      for (int i = 0; i < 50; ++i)
        wrong += values[static_cast<size_t>(i)] != 300 * i + 299 * 300 / 2;
      cnx_rt_context_destroy(context);
    });
  for (std::thread &user : users)
    user.join();
  cnx_rt_pool_release(pool);
  CHECK(wrong == 0);
}

TEST_CASE("pool: a context keeps it, and threads may come and go", "[runtime][threads]") {
  for (int repeat = 0; repeat < 30; ++repeat) {
    cnx_rt_pool *pool = nullptr;
    REQUIRE(cnx_rt_pool_create(4, &pool, nullptr) == CNX_RT_OK);
    cnx_rt_options options = testOptions(0);
    options.pool = pool;
    Context context = makeContext(options);
    cnx_rt_pool_release(pool);
    std::atomic<int> sum{0};
    if (repeat % 2) // or stop threads that never worked
      loop(context.get(), 8, [&](void *, int i) {
        sum += i;
        return 0;
      });
    CHECK(sum == (repeat % 2 ? 28 : 0));
  }
}

TEST_CASE("pool: sleeping threads wake for the next loop, and cost nothing meanwhile",
          "[runtime][threads]") {
  Context context = makeContext(testOptions(4));
  auto pass = [&] {
    std::atomic<int> count{0};
    loop(context.get(), 4, [&](void *, int) {
      ++count;
      return 0;
    });
    return count.load();
  };
  for (int repeat = 0; repeat < 20; ++repeat) {
    CHECK(pass() == 4);
    std::this_thread::sleep_for(std::chrono::milliseconds(1)); // longer than they watch
  }
  double before = threadSeconds();
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  CHECK(threadSeconds() - before < 0.05);
}

TEST_CASE("pool: wrong arguments are named", "[runtime][threads]") {
  cnx_rt_pool *pool = nullptr;
  cnx_rt_error error{};
  CHECK(cnx_rt_pool_create(257, &pool, &error) == CNX_RT_ARGUMENT);
  CHECK_THAT(error.text, Contains("257 threads, expected at most 256"));
  CHECK(cnx_rt_pool_create(1, nullptr, &error) == CNX_RT_ARGUMENT);
  cnx_rt_pool_release(nullptr);
  REQUIRE(cnx_rt_pool_create(0, &pool, &error) == CNX_RT_OK);
  CHECK(cnx_rt_pool_threads(pool) >= 1);
  cnx_rt_pool_release(pool);
}
