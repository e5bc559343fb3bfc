// The loop nest of a lowered statement, read from its text: where each stage is computed and
// stored.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cnx::test {

// Names are without the counters that Halide gives to what is created twice in a process.
struct Scope {
  bool isLoop;      // else the production of a stage
  std::string name; // "gelu0.s0.m.tile", or the stage
  int64_t extent;   // of a loop; 1 where the text has no number
};

struct Place {
  std::string stage;
  std::vector<Scope> scopes; // round it, outermost first, across the functions of parallel tasks
  std::vector<int64_t> extents{}; // of a storage; none for a production

  int64_t elements() const;   // of the storage
  int64_t iterations() const; // of all loops round it
};

struct LoopNest {
  explicit LoopNest(const std::string &stmt);

  std::vector<Place> productions, storages;
  std::vector<std::string> loops; // all of them

  static std::vector<const Place *> of(const std::vector<Place> &places, const std::string &stage);
};

// `name` without Halide's counters.
std::string withoutCounters(const std::string &name);

} // namespace cnx::test
