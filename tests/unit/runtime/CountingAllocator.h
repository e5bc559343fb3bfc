// An application's allocator: counts what is live, fills it with rubbish, and fails from a given
// request on.
#pragma once

#include "tests/unit/runtime/Context.h"

#include <cstdlib>
#include <cstring>
#include <map>

struct CountingAllocator {
  std::map<void *, size_t> live;
  int requests = 0, failFrom = 1000;

  static void *allocate(void *self, size_t bytes, size_t alignment) {
    auto *allocator = static_cast<CountingAllocator *>(self);
    if (++allocator->requests >= allocator->failFrom)
      return nullptr;
    CHECK(alignment >= 64);
    void *memory = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
    std::memset(memory, 0xA5, bytes);
    allocator->live[memory] = bytes;
    return memory;
  }
  static void release(void *self, void *memory, size_t bytes) {
    auto *allocator = static_cast<CountingAllocator *>(self);
    CHECK(allocator->live.at(memory) == bytes);
    allocator->live.erase(memory);
    std::free(memory);
  }
  // Of one thread; the allocator must outlive the context.
  cnx_rt_options options() {
    cnx_rt_options options = testOptions(1);
    options.allocator_self = this;
    options.allocate = allocate;
    options.release = release;
    return options;
  }
};
