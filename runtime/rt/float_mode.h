// The state of the floating-point unit in which kernels run: round to nearest, no traps, subnormals
// flushed to zero. Whatever the application has set is put back afterwards.
#pragma once

#include <stdint.h>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

// Returns the state before.
static inline uint64_t cnx_rt_float_mode_enter(void) {
#if defined(__x86_64__)
  uint64_t before = _mm_getcsr();
  _mm_setcsr(0x1F80 | 0x8000 | 0x0040); // all exceptions masked, flush to zero, denormals are zero
  return before;
#elif defined(__aarch64__)
  uint64_t before;
  __asm__ volatile("mrs %0, fpcr" : "=r"(before));
  __asm__ volatile("msr fpcr, %0" : : "r"(uint64_t{1} << 24));
  return before;
#else
#error "no floating-point mode for this architecture"
#endif
}

static inline void cnx_rt_float_mode_leave(uint64_t before) {
#if defined(__x86_64__)
  _mm_setcsr(static_cast<unsigned>(before));
#else
  __asm__ volatile("msr fpcr, %0" : : "r"(before));
#endif
}
