#include "tests/unit/fusions/FmaPeak.h"

#include <ctime>

namespace cnx::test {

double threadSeconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// Twelve accumulators: latency 4, two units, and room to spare.
#define CNX_TWELVE(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11)
#define CNX_ZERO(i) "vxorps %%ymm" #i ", %%ymm" #i ", %%ymm" #i "\n"
#define CNX_FMA512(i) "vfmadd231ps %%zmm12, %%zmm12, %%zmm" #i "\n"
#define CNX_FMA256(i) "vfmadd231ps %%ymm12, %%ymm12, %%ymm" #i "\n"
#define CNX_CLOBBERS                                                                               \
  "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",         \
      "xmm11", "xmm12", "cc"

double fmaPeak(Level level) {
  const long rounds = 100000;
  long n = rounds;
  const double start = threadSeconds();
  if (level == Level::v4)
    asm volatile("vxorps %%ymm12, %%ymm12, %%ymm12\n" CNX_TWELVE(CNX_ZERO) "1:\n" CNX_TWELVE(
                     CNX_FMA512) "dec %0\njnz 1b\n"
                 : "+r"(n)
                 :
                 : CNX_CLOBBERS);
  else
    asm volatile("vxorps %%ymm12, %%ymm12, %%ymm12\n" CNX_TWELVE(CNX_ZERO) "1:\n" CNX_TWELVE(
                     CNX_FMA256) "dec %0\njnz 1b\n"
                 : "+r"(n)
                 :
                 : CNX_CLOBBERS);
  const double time = threadSeconds() - start;
  return static_cast<double>(rounds) * 12 * 2 * vectorLanes(level) / time * 1e-9;
}

} // namespace cnx::test
