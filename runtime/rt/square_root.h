// The square root, correctly rounded, by the processor's own instruction: sqrt of a C library may
// be a call into libm, which the runtime does not link.
#pragma once

#if defined(__x86_64__)
#include <emmintrin.h>
#endif

static inline double cnx_rt_square_root(double x) {
#if defined(__x86_64__)
  return _mm_cvtsd_f64(_mm_sqrt_sd(_mm_setzero_pd(), _mm_set_sd(x)));
#elif defined(__aarch64__)
  double root;
  __asm__("fsqrt %d0, %d1" : "=w"(root) : "w"(x));
  return root;
#else
#error "no square root for this architecture"
#endif
}
