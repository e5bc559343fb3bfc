#include "compiler/fusions/TileSpace.h"

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
  if (graph.tiles)
    return space.complete(graph, level, *graph.tiles);
  const std::vector<int64_t> shape = space.shape(graph);
  for (const TileRow &row : space.rows)
    if (row.level == level && row.shape == shape)
      return row.tiles;
  return ruleTiles(space, graph, level);
}

std::vector<Tiles> candidateTiles(const TileSpace &space, const KernelGraph &graph, Level level) {
  std::vector<Tiles> result;
  const Tiles rule = ruleTiles(space, graph, level);
  const double share = space.share(graph, rule) - 0.03;
  for (const Tiles &tiles : space.candidates(graph, level))
    if (tiles != rule && refuseTiles(space, graph, level, tiles).empty() &&
        space.share(graph, tiles) >= share &&
        std::find(result.begin(), result.end(), tiles) == result.end())
      result.push_back(tiles);
  return result;
}

} // namespace cnx
