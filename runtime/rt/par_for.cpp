// The parallel loop of kernels. Tasks are split among the workers once, in runs of neighbours; no
// result depends on how, because tasks never write the same element, and the failure reported is
// that of the lowest task.
#include "runtime/rt/context.h"
#include "runtime/rt/float_mode.h"
#include "runtime/rt/pool.h"

namespace {

struct Loop {
  cnx_rt_context *context;
  int (*task)(void *, int, uint8_t *);
  uint8_t *closure;
  int min;
  int extent;
  int parts;
};

void run(const Loop *loop, cnx_rt_worker *worker, int begin, int end) {
  for (int i = begin; i < end; ++i) {
    ++worker->tasksRun;
    int failure = loop->task(worker, loop->min + i, loop->closure);
    if (failure != 0 && (worker->failure == 0 || i < worker->failedTask)) {
      worker->failure = failure;
      worker->failedTask = i;
    }
    if (failure != 0) // later tasks of this run cannot be the lowest one
      return;
  }
}

void part(void *argument, int index) {
  const Loop *loop = static_cast<const Loop *>(argument);
  int64_t extent = loop->extent;
  run(loop, &loop->context->worker[index], static_cast<int>(extent * index / loop->parts),
      static_cast<int>(extent * (index + 1) / loop->parts));
}

// A task on a thread of the application's, whose floating-point mode may be any.
void foreignTask(void *argument, int task, int index) {
  const Loop *loop = static_cast<const Loop *>(argument);
  if (index < 0 || index >= loop->context->workers || task < 0 || task >= loop->extent)
    return; // not counted as run, and so reported
  cnx_rt_worker *worker = &loop->context->worker[index];
  if (worker->occupied.exchange(1, std::memory_order_acquire) != 0)
    return;
  uint64_t mode = cnx_rt_float_mode_enter();
  run(loop, worker, task, task + 1);
  cnx_rt_float_mode_leave(mode);
  worker->occupied.store(0, std::memory_order_release);
}

} // namespace

extern "C" int cnx_rt_do_par_for(void *user, int (*task)(void *, int, uint8_t *), int min,
                                 int extent, uint8_t *closure) {
  cnx_rt_worker *self = static_cast<cnx_rt_worker *>(user);
  cnx_rt_context *context = self->context;
  int parts = extent < context->workers ? extent : context->workers;
  if (parts <= 1 || context->looping) {
    for (int i = 0; i < extent; ++i)
      if (int failure = task(self, min + i, closure))
        return failure;
    return 0;
  }

  Loop loop = {context, task, closure, min, extent, parts};
  int used = context->pool ? parts : context->workers;
  for (int i = 0; i < used; ++i) {
    context->worker[i].failure = 0;
    context->worker[i].tasksRun = 0;
  }
  context->looping = true;
  if (context->pool)
    cnx_rt_pool_run(context->pool, parts, part, &loop);
  else
    context->foreign.parallel_for(context->foreign.self, extent, foreignTask, &loop);
  context->looping = false;

  const cnx_rt_worker *first = nullptr;
  int tasksRun = 0;
  for (int i = 0; i < used; ++i) {
    const cnx_rt_worker *worker = &context->worker[i];
    tasksRun += worker->tasksRun;
    if (worker->failure != 0 && (!first || worker->failedTask < first->failedTask))
      first = worker;
  }
  if (first)
    return first->failure;
  if (tasksRun != extent) {
    cnx_rt_context_fail(context, CNX_RT_INTERNAL,
                        "the application's pool ran %d of %d tasks, or two at once with one worker",
                        tasksRun, extent);
    return -1;
  }
  return 0;
}
