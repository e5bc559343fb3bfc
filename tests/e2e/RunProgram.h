// Starts a program without a shell and waits for it.
#pragma once

#include <map>
#include <string>
#include <vector>

struct ProgramResult {
  int exitCode = -1; // 128 + the signal's number where a signal ended it
  std::string out, err;
};

// argv[0] is looked up in PATH. `environment` is added to this process's own.
ProgramResult runProgram(const std::vector<std::string> &argv,
                         const std::map<std::string, std::string> &environment = {});
