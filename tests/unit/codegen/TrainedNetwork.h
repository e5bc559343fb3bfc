// A small network through cnx itself: a training library that is compiled, linked to a C program,
// and run.
#pragma once

#include "tests/unit/codegen/Workplace.h"

#include <string>
#include <vector>

namespace cnx {

struct Network {
  std::string generation; // "" or "v2"
  std::vector<std::string> options;
  const char *pixel = "float";
  bool sanitized = false; // the emitted program and the runtime, by address and undefined behaviour
};

// What a main prints that makes `calls`. It has a context `c` of two threads, drawn images, a
// status `s`, targets `t`, values `u` of an update that clips, outputs `o`, and what
// TrainedNetwork.cpp's text defines before them.
std::string runNetwork(const Workplace &place, const Network &network, const std::string &calls);

} // namespace cnx
