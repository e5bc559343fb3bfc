// The thread pool. A thread has its own ticket word, so that a job wakes no thread that it has no
// part for, and no thread looks at a job that is not for it. Between two kernels a thread watches
// its ticket for some microseconds, because the next kernel is about to come; then it sleeps,
// because a pool that idles must cost nothing.
#include "runtime/rt/pool.h"

#include "runtime/rt/float_mode.h"

#include <atomic>
#include <errno.h>
#include <new>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

namespace {

// Longest watch: a few times a wake-up by the system (5 to 50 us), after which watching is the
// dearer choice.
constexpr int64_t watchNanoseconds = 30000;
constexpr size_t stackBytes = size_t{1} << 20;

int64_t now() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return int64_t{time.tv_sec} * 1000000000 + time.tv_nsec;
}

void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

int currentCore() {
#if defined(__linux__)
  return sched_getcpu();
#else
  return -1;
#endif
}

// One thread waits here, any thread signals. The waiter's condition is an atomic word of the
// caller's.
class Bell {
public:
  bool create() {
    if (pthread_mutex_init(&mutex, nullptr) != 0)
      return false;
    if (pthread_cond_init(&condition, nullptr) == 0)
      return true;
    pthread_mutex_destroy(&mutex);
    return false;
  }
  void destroy() {
    pthread_cond_destroy(&condition);
    pthread_mutex_destroy(&mutex);
  }

  // Returns once ready() is true. Looks for `watch` nanoseconds before it sleeps, unless
  // shares(core) says that the thread it waits for has last run on this very core: then it can only
  // run when this one sleeps.
  template <typename Ready, typename Shares> void wait(int64_t watch, Ready ready, Shares shares) {
    if (ready())
      return;
    for (int64_t end = watch > 0 ? now() + watch : 0; watch > 0 && now() < end;) {
      if (shares(currentCore()))
        break;
      for (int i = 0; i < 16; ++i) {
        if (ready())
          return;
        pause();
      }
    }
    // Sequentially consistent with ring(): either the waiter sees the word, or the ringer sees the
    // waiter.
    waiting.store(1, std::memory_order_seq_cst);
    pthread_mutex_lock(&mutex);
    while (!ready())
      pthread_cond_wait(&condition, &mutex);
    pthread_mutex_unlock(&mutex);
    waiting.store(0, std::memory_order_relaxed);
  }
  // After the word was written with sequential consistency.
  void ring() {
    if (waiting.load(std::memory_order_seq_cst) == 0)
      return;
    pthread_mutex_lock(&mutex); // the waiter is asleep or has yet to look at the word
    pthread_mutex_unlock(&mutex);
    pthread_cond_signal(&condition);
  }

private:
  std::atomic<int> waiting{0};
  pthread_mutex_t mutex;
  pthread_cond_t condition;
};

// A thread of the pool, apart from its neighbours' cache lines (pairs of lines are fetched
// together).
struct alignas(128) Seat {
  std::atomic<uint32_t> ticket{0}; // counts the jobs handed to this thread
  std::atomic<int> core{-1};       // where it last began one
  Bell bell;
  cnx_rt_pool *pool = nullptr;
  int worker = 0;
  pthread_t thread{};
};

} // namespace

struct cnx_rt_pool {
  std::atomic<unsigned> references{1};
  unsigned threads; // with the calling one
  int64_t watch;
  pthread_mutex_t turn; // held by the thread whose job it is
  // The job: written before the tickets, read after them.
  cnx_rt_part part = nullptr;
  void *argument = nullptr;
  bool stop = false;
  Bell done;
  alignas(128) std::atomic<int> running{0};
  std::atomic<int> core{-1}; // where the calling thread handed the job out
  Seat *seats = nullptr;     // threads - 1
};

namespace {

void *serve(void *argument) {
  Seat *seat = static_cast<Seat *>(argument);
  cnx_rt_pool *pool = seat->pool;
  cnx_rt_float_mode_enter();
  for (uint32_t last = 0;; ++last) {
    seat->bell.wait(
        pool->watch, [=] { return seat->ticket.load(std::memory_order_seq_cst) != last; },
        [=](int core) { return pool->core.load(std::memory_order_relaxed) == core; });
    if (pool->stop)
      return nullptr;
    seat->core.store(currentCore(), std::memory_order_relaxed);
    pool->part(pool->argument, seat->worker);
    if (pool->running.fetch_sub(1, std::memory_order_seq_cst) == 1)
      pool->done.ring();
  }
}

void handTicket(Seat *seat) {
  seat->ticket.fetch_add(1, std::memory_order_seq_cst);
  seat->bell.ring();
}

// Cores that this process may run on.
unsigned availableCores() {
  for (size_t cores = 1024; cores <= 65536; cores *= 4) { // the kernel's own limit is not known
    cpu_set_t *set = CPU_ALLOC(cores);
    if (!set)
      break;
    size_t bytes = CPU_ALLOC_SIZE(cores);
    int result = sched_getaffinity(0, bytes, set);
    int count = result == 0 ? CPU_COUNT_S(bytes, set) : 0;
    CPU_FREE(set);
    if (count > 0)
      return static_cast<unsigned>(count);
    if (errno != EINVAL)
      break;
  }
  long online = sysconf(_SC_NPROCESSORS_ONLN);
  return online > 0 ? static_cast<unsigned>(online) : 1;
}

// Signals of the application are for the application's threads; faults stay with the thread that
// makes them.
void blockSignals(sigset_t *before) {
  sigset_t all;
  sigfillset(&all);
  for (int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS, SIGPROF})
    sigdelset(&all, fault);
  pthread_sigmask(SIG_SETMASK, &all, before);
}

int startThread(Seat *seat) {
  pthread_attr_t attributes;
  if (int problem = pthread_attr_init(&attributes))
    return problem;
  pthread_attr_setstacksize(&attributes, stackBytes);
  sigset_t before;
  blockSignals(&before);
  int problem = pthread_create(&seat->thread, &attributes, serve, seat);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  return problem;
}

// Stops `started` threads and frees the pool.
void dismantle(cnx_rt_pool *pool, unsigned started) {
  pool->stop = true;
  for (unsigned i = 0; i < started; ++i)
    handTicket(&pool->seats[i]);
  for (unsigned i = 0; i < started; ++i) {
    pthread_join(pool->seats[i].thread, nullptr);
    pool->seats[i].bell.destroy();
  }
  free(pool->seats);
  pool->done.destroy();
  pthread_mutex_destroy(&pool->turn);
  free(pool);
}

} // namespace

extern "C" {

cnx_rt_status cnx_rt_pool_create(unsigned threads, cnx_rt_pool **pool, cnx_rt_error *error) {
  if (!pool)
    return cnx_rt_fail(error, CNX_RT_ARGUMENT, "pool_create: pool is NULL");
  *pool = nullptr;
  if (threads > CNX_RT_MAX_WORKERS)
    return cnx_rt_fail(error, CNX_RT_ARGUMENT, "pool_create: %u threads, expected at most %d",
                       threads, CNX_RT_MAX_WORKERS);
  unsigned cores = availableCores();
  if (threads == 0)
    threads = cores < CNX_RT_MAX_WORKERS ? cores : CNX_RT_MAX_WORKERS;

  void *memory = aligned_alloc(alignof(cnx_rt_pool), sizeof(cnx_rt_pool));
  if (!memory)
    return cnx_rt_fail(error, CNX_RT_MEMORY, "pool_create: no memory");
  cnx_rt_pool *made = new (memory) cnx_rt_pool;
  made->threads = threads;
  made->watch = threads <= cores ? watchNanoseconds
                                 : 0; // else it takes the core from the thread it waits for
  bool ready = pthread_mutex_init(&made->turn, nullptr) == 0;
  if (ready && !made->done.create()) {
    pthread_mutex_destroy(&made->turn);
    ready = false;
  }
  if (!ready) {
    free(made);
    return cnx_rt_fail(error, CNX_RT_MEMORY, "pool_create: no memory for a mutex");
  }
  if (threads > 1) {
    made->seats = static_cast<Seat *>(aligned_alloc(alignof(Seat), (threads - 1) * sizeof(Seat)));
    if (!made->seats) {
      dismantle(made, 0);
      return cnx_rt_fail(error, CNX_RT_MEMORY, "pool_create: no memory for %u threads", threads);
    }
  }
  for (unsigned i = 0; i + 1 < threads; ++i) {
    Seat *seat = new (&made->seats[i]) Seat;
    seat->pool = made;
    seat->worker = static_cast<int>(i) + 1;
    int problem = seat->bell.create() ? 0 : ENOMEM;
    if (!problem && (problem = startThread(seat)) != 0)
      seat->bell.destroy();
    if (problem) {
      dismantle(made, i);
      return cnx_rt_fail(error, CNX_RT_MEMORY, "pool_create: thread %u of %u cannot be started: %s",
                         i + 2, threads, strerror(problem));
    }
#if defined(__linux__)
    char name[16];
    snprintf(name, sizeof name, "cnx-%d", seat->worker & 0xFFFF);
    pthread_setname_np(seat->thread, name);
#endif
  }
  *pool = made;
  return CNX_RT_OK;
}

void cnx_rt_pool_retain(cnx_rt_pool *pool) {
  pool->references.fetch_add(1, std::memory_order_relaxed);
}

void cnx_rt_pool_release(cnx_rt_pool *pool) {
  if (pool && pool->references.fetch_sub(1, std::memory_order_acq_rel) == 1)
    dismantle(pool, pool->threads - 1);
}

unsigned cnx_rt_pool_threads(const cnx_rt_pool *pool) { return pool->threads; }

void cnx_rt_pool_run(cnx_rt_pool *pool, int workers, cnx_rt_part part, void *argument) {
  if (workers <= 1) {
    part(argument, 0);
    return;
  }
  pthread_mutex_lock(&pool->turn);
  pool->part = part;
  pool->argument = argument;
  pool->running.store(workers - 1, std::memory_order_relaxed); // published by the tickets
  pool->core.store(currentCore(), std::memory_order_relaxed);
  for (int i = 0; i + 1 < workers; ++i)
    handTicket(&pool->seats[i]);
  part(argument, 0);
  // The others have equal shares, so that the wait is short or a core is taken; then sleep.
  pool->done.wait(
      pool->watch, [=] { return pool->running.load(std::memory_order_seq_cst) == 0; },
      [=](int core) {
        for (int i = 0; i + 1 < workers; ++i)
          if (pool->seats[i].core.load(std::memory_order_relaxed) == core)
            return true;
        return false;
      });
  pthread_mutex_unlock(&pool->turn);
}

} // extern "C"
