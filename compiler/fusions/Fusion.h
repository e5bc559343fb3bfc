// A fusion: which ops form a kernel, and how the kernel is scheduled. The maths is the ops' own
// (compiler/kernels/ops). One file a fusion; the manifest is fusions.inc, whose order is priority.
#pragma once

#include "compiler/fusions/TileSpace.h"
#include "compiler/kernels/KernelGraph.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cnx {

class Stages; // compiler/kernels/Stages.h: the ops' Halide stages by role; only schedules look
              // inside

struct Fusion {
  std::string_view name;    // "dwconv_norm"; part of the kernel's symbol
  std::string_view summary; // one line, shown by --explain and in the docs

  // Looks at `function` with node `anchor` as the group's FIRST node. Returns the node indices of
  // the group in topological order, or nothing; a near miss writes the reason to *declined.
  std::optional<std::vector<int>> (*match)(const KernelGraph &function, int anchor,
                                           std::string *declined);

  // Schedules the stages of a graph that match() formed (or of its training form). Nothing else may
  // be changed.
  void (*schedule)(Stages &stages, const KernelGraph &graph, Level level);

  // The width of the strips (Stages::stripWidth) that the schedule is for; null where no stage has
  // any.
  int (*stripWidth)(const KernelGraph &graph, Level level) = nullptr;

  // What the schedule may be told; null where it cannot be told anything.
  const TileSpace *tiles = nullptr;
};

// The stages of `graph` with the schedule of `fusion`.
Stages scheduledStages(const Fusion &fusion, const KernelGraph &graph, Level level);

// Throws UserError where a graph carries tiles that its kernel cannot have.
void checkTiles(const KernelGraph &graph, Level level);

// In order of priority; the last one is "single", which matches any one op.
const std::vector<Fusion> &fusions();
const Fusion *findFusion(std::string_view name);

} // namespace cnx
