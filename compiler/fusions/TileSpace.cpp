#include "compiler/fusions/TileSpace.h"

#include "compiler/Error.h"

#include <algorithm>

namespace cnx {

std::string refuseTiles(const TileSpace &space, const KernelGraph &graph, Level level,
                        const Tiles &asked) {
  const Tiles rule = ruleTiles(space, graph, level);
  for (const TileField &field : kTileFields)
    if (asked.*field.value != 0 && rule.*field.value == 0)
      return std::string(field.name) + ": found " + std::to_string(asked.*field.value) +
             ", expected none: this kernel has " + tilesText(rule);
  return space.refuse(graph, level, space.complete(graph, level, asked));
}

Tiles ruleTiles(const TileSpace &space, const KernelGraph &graph, Level level) {
  return space.complete(graph, level, {});
}

Tiles tilesOf(const TileSpace &space, const KernelGraph &graph, Level level) {
  Tiles asked;
  std::string source = "tiles.";
  if (graph.tiles) {
    asked = *graph.tiles;
  } else if (const std::vector<int64_t> shape = space.shape(graph); !shape.empty()) {
    for (const TileRow &row : space.rows)
      if (row.level == level && row.shape == shape) {
        asked = row.tiles;
        source = std::string(space.tableName) + ".tiles.inc: ";
      }
  }
  if (asked == Tiles{})
    return ruleTiles(space, graph, level);
  if (const std::string wrong = refuseTiles(space, graph, level, asked); !wrong.empty())
    throw UserError(source + wrong);
  return space.complete(graph, level, asked);
}

std::vector<Tiles> candidateTiles(const TileSpace &space, const KernelGraph &graph, Level level) {
  std::vector<Tiles> result;
  const Tiles rule = ruleTiles(space, graph, level);
  for (const Tiles &tiles : space.candidates(graph, level))
    if (tiles != rule && refuseTiles(space, graph, level, tiles).empty() &&
        std::find(result.begin(), result.end(), tiles) == result.end())
      result.push_back(tiles);
  return result;
}

} // namespace cnx
