// Gives every buffer of one program a place in the arena: buffers that live at the same time do not
// overlap.
//
// Buffers with an address of their own must not be in each other's way.
//
// Exact packing is NP-hard. Several greedy orders are tried, then a seeded local search re-inserts
// single buffers into the best order until the live lower bound is met or its steps are spent.
// Equal input gives equal offsets.
#pragma once

#include <cstdint>
#include <vector>

namespace cnx {

// Live from launch `first` (which writes it) to launch `last` (which reads it last), both included.
struct LiveBuffer {
  int64_t bytes = 0; // > 0
  int first = 0;
  int last = 0;       // >= first
  int64_t fixed = -1; // where it lies whatever the planner thinks; -1: the planner's to say
};

struct MemoryPlan {
  std::vector<int64_t> offsets; // one a buffer, in the order given; multiples of the alignment
  int64_t bytes = 0;            // end of the arena, a multiple of the alignment
  // No plan can be smaller: the largest sum of rounded-up sizes live at one launch.
  int64_t lowerBound = 0;
};

struct PlannerOptions {
  int64_t alignment = 64;
  uint64_t seed = 1;
  // Placements that the local search may try. 2000 met the bound on every ConvNeXt graph in
  // tests/unit/plan.
  int searchSteps = 2000;
};

MemoryPlan planMemory(const std::vector<LiveBuffer> &buffers, const PlannerOptions &options = {});

} // namespace cnx
