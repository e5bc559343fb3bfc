// The instruction level: what the processor and the system offer, what the library has, what
// CNX_RT_ISA asks for. By the cpuid instruction itself: the compiler's own feature table is filled
// by a constructor, and there are none.
#include "runtime/rt/level.h"

#include <stdlib.h>
#include <string.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace {

constexpr unsigned v3Bit = 1, v4Bit = 2;

#if defined(__x86_64__)
bool has(unsigned value, unsigned bits) { return (value & bits) == bits; }

// The register states that the system saves on a task switch.
unsigned savedStates() {
  unsigned low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

// The levels as the x86-64 psABI defines them.
unsigned machineLevels() {
  unsigned a, b, c, d;
  constexpr unsigned osxsave = 1u << 27, avx = 1u << 28, fma = 1u << 12, movbe = 1u << 22;
  constexpr unsigned f16c = 1u << 29;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !has(c, osxsave | avx | fma | movbe | f16c))
    return 0;
  constexpr unsigned avxState = 0x6, avx512State = 0xE6;
  unsigned states = savedStates();
  constexpr unsigned lzcnt = 1u << 5;
  if (!has(states, avxState) || !__get_cpuid(0x80000001, &a, &b, &c, &d) || !has(c, lzcnt))
    return 0;
  constexpr unsigned bmi1 = 1u << 3, avx2 = 1u << 5, bmi2 = 1u << 8;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !has(b, bmi1 | avx2 | bmi2))
    return 0;
  constexpr unsigned f = 1u << 16, dq = 1u << 17, cd = 1u << 28, bw = 1u << 30, vl = 1u << 31;
  return has(b, f | dq | cd | bw | vl) && has(states, avx512State) ? v3Bit | v4Bit : v3Bit;
}
#else
unsigned machineLevels() { return 0; }
#endif

const char *names(unsigned levels) {
  constexpr const char *texts[] = {"none", "v3", "v4", "v3 and v4"};
  return texts[levels & 3];
}

} // namespace

extern "C" {

cnx_rt_status cnx_rt_find_level(unsigned available, cnx_rt_level *level, cnx_rt_error *error) {
  unsigned machine = machineLevels();
  unsigned usable = machine & available;
  *level = CNX_RT_LEVEL_NONE;
  const char *wish = getenv("CNX_RT_ISA");
  if (wish && *wish) {
    unsigned wished = strcmp(wish, "v3") == 0 ? v3Bit : strcmp(wish, "v4") == 0 ? v4Bit : 0;
    if (!wished)
      return cnx_rt_fail(error, CNX_RT_NO_ISA, "CNX_RT_ISA: found \"%.32s\", expected v3 or v4",
                         wish);
    usable &= wished;
  }
  if (!usable)
    return cnx_rt_fail(error, CNX_RT_NO_ISA,
                       "no usable instruction level: the machine has %s, the library %s%s%.2s",
                       names(machine), names(available),
                       wish && *wish ? ", CNX_RT_ISA asks for " : "", wish ? wish : "");
  *level = usable & v4Bit ? CNX_RT_LEVEL_V4 : CNX_RT_LEVEL_V3;
  return CNX_RT_OK;
}

cnx_rt_level cnx_rt_choose_level(unsigned available) {
  cnx_rt_level level;
  cnx_rt_find_level(available, &level, nullptr);
  return level;
}

} // extern "C"
