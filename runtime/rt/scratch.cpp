// Memory for the intermediate values of a kernel: a stack a worker, never the heap. Kernels free in
// any order; a freed block that is not the last is marked, and goes when those above it have gone.
#include "runtime/rt/context.h"

#include <stdlib.h>

namespace {

constexpr size_t margin = 64; // readable before and after every block

// A request that does not fit would crash its kernel, which does not look at the pointer. It is
// served by the heap, and the step ends with CNX_RT_INTERNAL: the library's own figure was wrong.
void *overflow(cnx_rt_worker *worker, size_t bytes) {
  if (bytes > worker->overflow)
    worker->overflow = bytes;
  unsigned char *memory = static_cast<unsigned char *>(aligned_alloc(64, bytes + 2 * margin));
  return memory ? memory + margin : nullptr;
}

} // namespace

extern "C" {

void *cnx_rt_scratch_malloc(void *user, size_t bytes) {
  cnx_rt_worker *worker = static_cast<cnx_rt_worker *>(user);
  if (bytes > SIZE_MAX / 2)
    return nullptr;
  bytes = bytes == 0 ? 64 : (bytes + 63) / 64 * 64;
  if (bytes > worker->capacity - worker->top || worker->blocks == CNX_RT_SCRATCH_BLOCKS)
    return overflow(worker, bytes);
  size_t offset = worker->top;
  worker->block[worker->blocks++] = {offset, false};
  worker->top += bytes;
  return worker->scratch + offset;
}

void cnx_rt_scratch_free(void *user, void *memory) {
  cnx_rt_worker *worker = static_cast<cnx_rt_worker *>(user);
  if (!memory)
    return;
  uintptr_t address = reinterpret_cast<uintptr_t>(memory);
  uintptr_t base = reinterpret_cast<uintptr_t>(worker->scratch);
  if (address - base >= worker->capacity) { // also where it is below
    free(static_cast<unsigned char *>(memory) - margin);
    return;
  }
  for (int i = worker->blocks; i-- > 0;)
    if (worker->block[i].offset == address - base) {
      worker->block[i].freed = true;
      break;
    }
  while (worker->blocks > 0 && worker->block[worker->blocks - 1].freed)
    worker->top = worker->block[--worker->blocks].offset;
}

} // extern "C"
