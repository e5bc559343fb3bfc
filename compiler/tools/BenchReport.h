// The three forms of what `cnx bench` found.
#pragma once

#include "compiler/tools/BenchCase.h"

#include <map>
#include <string>

namespace cnx {

struct BenchReport {
  std::string model;     // as the user wrote it
  std::string optimizer; // of training steps; empty: passes of inference
  std::string processor;
  size_t cores = 0;
  double load = 0; // of the machine in the minute before: what else was running
  const Plan *plan = nullptr;
  std::map<std::string, int64_t> tasks; // by kernel: pieces that threads share; 1: serial
  std::vector<BenchCase> cases;         // of one level
};

// Launches of one kernel, of one section, or of one layer.
struct ProfileRow {
  std::string name;
  std::string section; // of its first launch
  size_t launches = 0;
  double seconds = 0, flops = 0, bytes = 0, bound = 0, fmaSeconds = 0, memorySeconds = 0;
  int64_t tasks = 0;
};
// By kernel, the longest first.
std::vector<ProfileRow> kernelRows(const BenchReport &report, const BenchCase &benchCase);
// By section of a step, in their order.
std::vector<ProfileRow> sectionRows(const BenchReport &report, const BenchCase &benchCase);
// By launch, named after its layer, in the program's order; a step's with the section before it.
std::vector<ProfileRow> layerRows(const BenchReport &report, const BenchCase &benchCase);

std::string benchText(const BenchReport &report); // for people
std::string benchJson(const std::vector<BenchReport> &reports);
// For chrome://tracing and Perfetto: a process a case, the last passes of its profile.
std::string chromeTrace(const std::vector<BenchReport> &reports);

} // namespace cnx
