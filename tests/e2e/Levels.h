// The instruction levels that this machine can run.
#pragma once

#include <vector>

struct Level {
  const char *name;
  int value; // cnx_rt_level
};

// v3, and v4 where the processor has it; says loudly on stderr what is skipped.
const std::vector<Level> &levels();

// CNX_RT_ISA while it lives.
class LevelChoice {
public:
  explicit LevelChoice(const Level &level);
  ~LevelChoice();
  LevelChoice(const LevelChoice &) = delete;
  LevelChoice &operator=(const LevelChoice &) = delete;
};
