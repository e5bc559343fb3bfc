// Creates and destroys contexts, and guards the entry to them.
#include "runtime/rt/context.h"

#include "runtime/rt/float_mode.h"
#include "runtime/rt/level.h"
#include "runtime/rt/memory.h"
#include "runtime/rt/sized_struct.h"

#include <new>
#include <stdarg.h>
#include <stdio.h>

namespace {

constexpr size_t margin = 64; // readable before and after a scratch stack
constexpr size_t page = 4096; // stacks of two workers share none

cnx_rt_status readOptions(const cnx_rt_options *given, cnx_rt_options *options,
                          cnx_rt_error *error) {
  *options = cnx_rt_options{};
  if (given)
    if (cnx_rt_status status = cnx_rt_read_sized(given, options, sizeof *options, "options", error))
      return status;
  if (!options->allocate != !options->release)
    return cnx_rt_fail(error, CNX_RT_ARGUMENT,
                       "options: allocate and release must both be given, or neither");
  if (!options->allocate) {
    options->allocate = cnx_rt_default_allocate;
    options->release = cnx_rt_default_release;
  }
  const cnx_rt_foreign_pool *foreign = options->foreign_pool;
  if (foreign && options->pool)
    return cnx_rt_fail(error, CNX_RT_ARGUMENT, "options: both pool and foreign_pool are given");
  if (foreign && (!foreign->parallel_for || foreign->max_workers < 1 ||
                  foreign->max_workers > CNX_RT_MAX_WORKERS))
    return cnx_rt_fail(error, CNX_RT_ARGUMENT,
                       "options: foreign_pool needs parallel_for and 1 to %d workers, found %d",
                       CNX_RT_MAX_WORKERS, foreign->max_workers);
  return CNX_RT_OK;
}

// Allocates through the context's options; every byte is accounted for by the size that release is
// given.
unsigned char *allocate(const cnx_rt_options *options, size_t bytes, size_t alignment) {
  return static_cast<unsigned char *>(options->allocate(options->allocator_self, bytes, alignment));
}

void release(const cnx_rt_options *options, void *memory, size_t bytes) {
  if (memory)
    options->release(options->allocator_self, memory, bytes);
}

cnx_rt_status takeMemory(cnx_rt_context *context, const cnx_rt_model *model, cnx_rt_error *error) {
  size_t workers = static_cast<size_t>(context->workers);
  if (model->arena_bytes > 0) {
    context->arenaBytes = model->arena_bytes;
    context->arena = allocate(&context->options, context->arenaBytes, 64);
    if (!context->arena)
      return cnx_rt_fail(error, CNX_RT_MEMORY, "%s: no memory for an arena of %zu bytes",
                         model->name, context->arenaBytes);
  }
  if (model->scratch_bytes > 0) {
    size_t stride, total;
    if (__builtin_add_overflow(model->scratch_bytes, 2 * margin + page - 1, &stride) ||
        __builtin_mul_overflow(stride / page * page, workers, &total))
      return cnx_rt_fail(error, CNX_RT_MEMORY, "%s: scratch of %zu bytes", model->name,
                         model->scratch_bytes);
    stride = stride / page * page;
    context->scratchBytes = total;
    context->scratch = allocate(&context->options, total, page);
    if (!context->scratch)
      return cnx_rt_fail(error, CNX_RT_MEMORY, "%s: no memory for scratch of %zu bytes",
                         model->name, total);
    for (size_t i = 0; i < workers; ++i) {
      context->worker[i].scratch = context->scratch + i * stride + margin;
      context->worker[i].capacity = model->scratch_bytes / 64 * 64;
    }
  }
  return CNX_RT_OK;
}

void logLine(const cnx_rt_context *context, const cnx_rt_model *model) {
  if (!context->options.log)
    return;
  char line[256];
  snprintf(line, sizeof line,
           "%s: level v%d, %d workers, arena %zu bytes, scratch %zu bytes a worker", model->name,
           static_cast<int>(context->level), context->workers, context->arenaBytes,
           model->scratch_bytes);
  context->options.log(context->options.log_self, line);
}

} // namespace

extern "C" {

cnx_rt_status cnx_rt_context_create(const cnx_rt_model *model, const cnx_rt_options *given,
                                    cnx_rt_context **context, cnx_rt_error *error) {
  if (!model || !context)
    return cnx_rt_fail(error, CNX_RT_ARGUMENT, "create: model or context is NULL");
  *context = nullptr;
  cnx_rt_options options;
  if (cnx_rt_status status = readOptions(given, &options, error))
    return status;
  cnx_rt_level level;
  unsigned available = (model->tables[0] ? 1u : 0) | (model->tables[1] ? 2u : 0);
  if (cnx_rt_status status = cnx_rt_find_level(available, &level, error))
    return status;

  cnx_rt_pool *pool = nullptr;
  if (options.pool)
    cnx_rt_pool_retain(pool = options.pool);
  else if (!options.foreign_pool)
    if (cnx_rt_status status = cnx_rt_pool_create(options.threads, &pool, error))
      return status;
  int workers =
      pool ? static_cast<int>(cnx_rt_pool_threads(pool)) : options.foreign_pool->max_workers;

  size_t bytes = sizeof(cnx_rt_context) + static_cast<size_t>(workers - 1) * sizeof(cnx_rt_worker);
  void *memory = allocate(&options, bytes, alignof(cnx_rt_context));
  if (!memory) {
    cnx_rt_pool_release(pool);
    return cnx_rt_fail(error, CNX_RT_MEMORY, "%s: no memory for a context", model->name);
  }
  cnx_rt_context *made = new (memory) cnx_rt_context{};
  made->options = options;
  made->pool = pool;
  if (options.foreign_pool)
    made->foreign = *options.foreign_pool;
  made->level = level;
  made->table = model->tables[level == CNX_RT_LEVEL_V4];
  made->contextBytes = bytes;
  made->workers = workers;
  for (int i = 0; i < workers; ++i)
    (new (&made->worker[i]) cnx_rt_worker{})->context = made;
  if (cnx_rt_status status = takeMemory(made, model, error)) {
    cnx_rt_context_destroy(made);
    return status;
  }
  logLine(made, model);
  *context = made;
  return CNX_RT_OK;
}

void cnx_rt_context_destroy(cnx_rt_context *context) {
  if (!context)
    return;
  cnx_rt_options options = context->options;
  cnx_rt_pool *pool = context->pool;
  release(&options, context->scratch, context->scratchBytes);
  release(&options, context->arena, context->arenaBytes);
  release(&options, context, context->contextBytes);
  cnx_rt_pool_release(pool);
}

cnx_rt_status cnx_rt_context_enter(cnx_rt_context *context) {
  if (context->entered.exchange(1, std::memory_order_acquire) != 0)
    return CNX_RT_BUSY; // without a message: the context is another thread's
  context->floatMode = cnx_rt_float_mode_enter();
  return CNX_RT_OK;
}

cnx_rt_status cnx_rt_context_leave(cnx_rt_context *context) {
  cnx_rt_status status = CNX_RT_OK;
  for (int i = 0; i < context->workers; ++i) {
    cnx_rt_worker *worker = &context->worker[i];
    if (worker->overflow > 0)
      status = cnx_rt_context_fail(context, CNX_RT_INTERNAL,
                                   "a kernel asked for %zu bytes of scratch beyond the %zu planned",
                                   worker->overflow, worker->capacity);
    worker->overflow = 0;
    worker->top = 0; // a kernel that failed may have left its blocks
    worker->blocks = 0;
  }
  cnx_rt_float_mode_leave(context->floatMode);
  context->entered.store(0, std::memory_order_release);
  return status;
}

unsigned char *cnx_rt_context_arena(cnx_rt_context *context) { return context->arena; }

cnx_rt_worker *cnx_rt_context_worker(cnx_rt_context *context) { return &context->worker[0]; }

const void *const *cnx_rt_context_table(cnx_rt_context *context) { return context->table; }

cnx_rt_level cnx_rt_context_level(const cnx_rt_context *context) { return context->level; }

void cnx_rt_launch_begin(cnx_rt_context *context, int launch) {
  if (context->options.on_launch)
    context->options.on_launch(context->options.launch_self, launch, 0);
}

void cnx_rt_launch_end(cnx_rt_context *context, int launch) {
  if (context->options.on_launch)
    context->options.on_launch(context->options.launch_self, launch, 1);
}

cnx_rt_status cnx_rt_context_fail(cnx_rt_context *context, cnx_rt_status status, const char *format,
                                  ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(context->message, sizeof context->message, format, arguments);
  va_end(arguments);
  return status;
}

const char *cnx_rt_context_message(const cnx_rt_context *context) { return context->message; }

} // extern "C"
