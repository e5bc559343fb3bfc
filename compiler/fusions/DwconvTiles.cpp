#include "compiler/fusions/DwconvTiles.h"

#include "compiler/fusions/DwconvTile.h"
#include "compiler/fusions/ProductKernel.h"

#include <algorithm>

namespace cnx {

// The shape that bands are cut from. With rstd beside it the bands of one image after the other are
// parallel (DwconvNorm.cpp).
static std::vector<int64_t> mapOf(const KernelGraph &graph) {
  const Node &norm = nodeOf(graph, "layer_norm", 0);
  std::vector<int64_t> shape = graph.values[static_cast<size_t>(norm.outputs[0])].shape;
  if (norm.outputs.size() > 1 && norm.outputs[1] >= 0)
    shape[0] = 1;
  return shape;
}

static Tiles complete(const KernelGraph &graph, Level level, const Tiles &asked) {
  const std::vector<int64_t> map = mapOf(graph);
  Tiles tiles = asked;
  if (!tiles.band)
    tiles.band = dwconvBand(map);
  if (!tiles.segment)
    tiles.segment = dwconvSegment(map[2], level);
  return tiles;
}

static std::string refuse(const KernelGraph &graph, Level level, const Tiles &tiles) {
  const std::vector<int64_t> map = mapOf(graph);
  if (tiles.band < 1 || tiles.band > map[1])
    return "band: found " + std::to_string(tiles.band) + ", expected 1 to " +
           std::to_string(map[1]);
  const int64_t most = std::min<int64_t>(longestSegment(level), map[2]);
  if (tiles.segment < 1 || tiles.segment > most)
    return "segment: found " + std::to_string(tiles.segment) + ", expected 1 to " +
           std::to_string(most);
  return {};
}

static std::vector<Tiles> candidates(const KernelGraph &graph, Level level) {
  const std::vector<int64_t> map = mapOf(graph);
  std::vector<Tiles> result;
  const int64_t most = std::min<int64_t>(longestSegment(level), map[2]);
  for (int segment = static_cast<int>(most); segment >= std::min<int64_t>(4, most); --segment) {
    // Longer segments cost a copy of the loop for their rest, so it should pay.
    if (map[2] % segment && segment < most - 1)
      continue;
    for (int band = 1; band <= map[1]; ++band) {
      const int64_t bands = (map[1] + band - 1) / band;
      const bool isEven = bands * band * 100 <= map[1] * 107;
      if (isEven && bands * map[0] >= 4 && band <= 14) {
        Tiles tiles;
        tiles.band = band;
        tiles.segment = segment;
        result.push_back(tiles);
      }
    }
  }
  return result;
}

static double shareOf(const KernelGraph &graph, const Tiles &tiles) {
  const std::vector<int64_t> map = mapOf(graph);
  return shareOfBands(map, tiles.band);
}

static std::vector<int64_t> keyOf(const KernelGraph &graph) {
  const Node &norm = nodeOf(graph, "layer_norm", 0);
  if (norm.outputs.size() > 1 && norm.outputs[1] >= 0)
    return {};
  std::vector<int64_t> key = mapOf(graph);
  key.push_back(nodeOf(graph, "dwconv", 0).integer("kernel"));
  return key;
}

const TileSpace kDwconvTiles = {"DwconvNorm",
                                "images, height, width, channels, kernel",
                                {
#include "compiler/fusions/DwconvNorm.tiles.inc"
                                },
                                keyOf,
                                complete,
                                refuse,
                                candidates,
                                shareOf};

} // namespace cnx
