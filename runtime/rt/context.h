// What a context and its workers hold; internal to the runtime.
#pragma once

#include "runtime/include/cnx_rt.h"

#include <atomic>

// A block of a worker's scratch stack that is not yet popped.
struct cnx_rt_scratch_block {
  size_t offset; // from the stack's base
  bool freed;    // but a later block is still in use
};

// Apart from its neighbours' cache lines.
struct alignas(128) cnx_rt_worker {
  cnx_rt_context *context;
  // The scratch stack, cnx_rt_scratch_blocks deep.
  unsigned char *scratch; // 64-byte aligned, with 64 bytes more on either side
  size_t capacity;
  size_t top;
  int blocks;
  cnx_rt_scratch_block block[CNX_RT_SCRATCH_BLOCKS];
  size_t overflow; // largest request in this step that did not fit; 0 where all did
  // The running loop: the first failure among this worker's tasks.
  int failedTask;
  int failure; // the task's return value; 0 for none
  int tasksRun;
  std::atomic<int> occupied; // by a task of an application's pool
};

struct cnx_rt_context {
  cnx_rt_options options; // complete; allocate and release are never NULL
  cnx_rt_pool *pool;      // NULL with an application's pool
  cnx_rt_foreign_pool foreign;
  const void *const *table;
  cnx_rt_level level;
  std::atomic<int> entered;
  bool looping;       // a parallel loop runs: those inside it run on their own worker
  uint64_t floatMode; // of the thread that entered, to be put back
  unsigned char *arena;
  size_t arenaBytes;
  unsigned char *scratch; // all workers'
  size_t scratchBytes;
  size_t contextBytes; // this struct with its workers
  char message[512];
  int workers;
  cnx_rt_worker worker[1]; // as many as `workers`
};
