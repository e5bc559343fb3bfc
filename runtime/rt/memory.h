// The memory of a context where the application gives no allocator.
#pragma once

#include <stddef.h>

extern "C" {
void *cnx_rt_default_allocate(void *self, size_t bytes, size_t alignment);
void cnx_rt_default_release(void *self, void *memory, size_t bytes);
}
