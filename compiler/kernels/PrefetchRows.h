// Prefetches the rows of activations that a product over all rows reads next.
//
// A register tile, or its copy, reads a few lines of each row: too short for the processor's own
// prefetch, which begins anew in every row. Memory would be waited for there, and idle in the
// product that follows. So every iteration of the product fetches a line of what comes next;
// iterations that are more than the lines share one.
#pragma once

#include "compiler/kernels/KernelGraph.h"

#include <Halide.h>

#include <memory>
#include <string>

namespace cnx {

// One operand of one product. Tasks are rectangles of the result, `tasksAcross` of them side by
// side in panels; inside a task follow the loops over chunks, tiles of panels, tiles of k, rows.
struct RowPrefetch {
  std::string acc;        // Halide's name of the accumulators' stage
  std::string activation; // name of its buffer, [rows][pitch] from element 0
  int pitch = 0;
  int chunkRows = 1; // rows of a chunk
  int tasksAcross = 1;
  bool panels = false; // the panels' side, of which a tile comes next; else a task's columns
  int taskColumns = 1; // of a task
  int nextColumns = 1; // of what comes next: a tile's or a task's
};

// A lowering pass, to be added to the pipeline. It recognises loops by their names' endings. A
// product whose loops look otherwise, or which has too few steps for the lines, is left alone.
std::unique_ptr<Halide::Internal::IRMutator>
makeRowPrefetchPass(const std::vector<RowPrefetch> &operands);

} // namespace cnx
