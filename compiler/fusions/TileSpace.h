// Tiles that a kernel of a fusion may have: the rule's, those of a table, and those that a search
// may try.
#pragma once

#include "compiler/kernels/KernelGraph.h"

#include <string>
#include <vector>

namespace cnx {

// A measured exception to the rule, for one shape at one level and any number of threads.
struct TileRow {
  Level level = Level::v4;
  std::vector<int64_t> shape; // as TileSpace::shape gives it
  Tiles tiles;                // every field that the rule has
};

// One a fusion. Graphs are the fusion's own groups.
struct TileSpace {
  const char *tableName; // of the file that `rows` is included from, without ".tiles.inc"
  // What its shapes are: "rows, depth, outputs".
  const char *shapeNames;
  std::vector<TileRow> rows;

  // The key of the table; empty for a group that it does not speak of: a training form, weights in
  // bfloat16.
  std::vector<int64_t> (*shape)(const KernelGraph &graph);
  // `asked` with the rule's choice where a field is 0, made for the fields that are not.
  Tiles (*complete)(const KernelGraph &graph, Level level, const Tiles &asked);
  // What is wrong with complete tiles, as "FIELD: found ..., expected ..."; empty where the kernel
  // can have them.
  std::string (*refuse)(const KernelGraph &graph, Level level, const Tiles &tiles);
  // Complete tiles for a search, some dozens at most, in a fixed order.
  std::vector<Tiles> (*candidates)(const KernelGraph &graph, Level level);
  // How evenly the tasks load some threads (RowTile's shareOfThreads): a search on few threads must
  // not leave others without work.
  double (*share)(const KernelGraph &graph, const Tiles &tiles);
};

// What a schedule goes by: the graph's own tiles (refuseTiles has nothing against them) completed
// by the rule, else the table's, else the rule's.
Tiles tilesOf(const TileSpace &space, const KernelGraph &graph, Level level);
// What the rule alone says.
Tiles ruleTiles(const TileSpace &space, const KernelGraph &graph, Level level);
// What is wrong with `asked`, also where it has a field that this kernel has not; empty where
// nothing is.
std::string refuseTiles(const TileSpace &space, const KernelGraph &graph, Level level,
                        const Tiles &asked);
// The candidates that the kernel can have and that load threads about as evenly as the rule's
// choice does, each once, without that choice.
std::vector<Tiles> candidateTiles(const TileSpace &space, const KernelGraph &graph, Level level);

} // namespace cnx
