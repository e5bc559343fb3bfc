#include "tests/e2e/Levels.h"

#include <cstdio>
#include <cstdlib>

const std::vector<Level> &levels() {
  static const std::vector<Level> found = [] {
    std::vector<Level> list{{"v3", 3}};
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
      list.push_back({"v4", 4});
    else
      std::fprintf(stderr, "\n*** THIS MACHINE HAS NO AVX-512: LEVEL v4 IS NOT TESTED ***\n\n");
    return list;
  }();
  return found;
}

LevelChoice::LevelChoice(const Level &level) { setenv("CNX_RT_ISA", level.name, 1); }
LevelChoice::~LevelChoice() { unsetenv("CNX_RT_ISA"); }
