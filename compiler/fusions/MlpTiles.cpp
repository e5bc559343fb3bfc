#include "compiler/fusions/MlpTiles.h"

#include "compiler/fusions/Chain.h"
#include "compiler/fusions/GemmTile.h"
#include "compiler/fusions/ProductKernel.h"
#include "compiler/fusions/ProductTiles.h"
#include "compiler/fusions/RowTile.h"

#include <algorithm>

namespace cnx {

// The hidden tensor of a task is scratch of every worker.
static constexpr int64_t kMostHiddenBytes = 2 * 1024 * 1024;
// A search may find more to be faster where it runs; level-2 caches of 1 MiB are common.
static constexpr int64_t kSearchedHiddenBytes = 768 * 1024;

namespace {

struct MlpShape {
  ProductShape hidden, output;
  bool keepsHidden = false; // the hidden tensor leaves, so a task holds it beside its activation
};

} // namespace

static MlpShape shapeOf(const KernelGraph &graph) {
  const int h = nodeOf(graph, "gelu", 0).inputs[0];
  return {productShape(graph, 0), productShape(graph, 1),
          graph.values[static_cast<size_t>(h)].role == Role::output};
}

// Rows whose hidden tile, of `hiddenWidth` elements a row, stays in the level-2 cache beside the
// weights. Weights that do not fit there stream by once a task: twice the rows halve that, and
// there is nothing else to keep. 1568x512x2048 on a core with 2 MiB: 18 rows a task 59 % of peak,
// 28 rows 76, 66 rows 87; 1568x384x1536: 28 rows 81, 56 rows 85.
static int64_t targetRows(int64_t hiddenWidth, int64_t weightBytes) {
  const int64_t bytes = (weightBytes > 2 * 1024 * 1024 ? 448 : 224) * 1024;
  return std::max<int64_t>(28, bytes / (hiddenWidth * 4));
}

static int64_t ruleTarget(const MlpShape &mlp) {
  const int64_t hiddenWidth = mlp.hidden.width;
  const int64_t weightBytes = 2 * hiddenWidth * mlp.output.width * 4;
  return targetRows(mlp.keepsHidden ? 2 * hiddenWidth : hiddenWidth, weightBytes);
}

static int unrollOf(int64_t depth, int64_t taskRows, const GemmTile &tile) {
  return chooseUnroll(depth, (taskRows + tile.rows - 1) / tile.rows, tile);
}

static Tiles completeFor(const MlpShape &mlp, Level level, const Tiles &asked) {
  Tiles tiles = asked;
  const GemmTile rule = chooseGemmTile(level, mlp.output.rows, mlp.output.width);
  if (!tiles.rows)
    tiles.rows = rule.rows;
  if (!tiles.width)
    tiles.width = rule.width;
  if (!tiles.taskRows)
    tiles.taskRows = static_cast<int>(chooseRowTile(mlp.output.rows, tiles.rows, ruleTarget(mlp)));
  // A rest would make rows of the affine in front that the task does not have.
  const GemmTile hidden = chooseExactGemmTile(level, tiles.taskRows, mlp.hidden.width);
  if (!tiles.hiddenRows)
    tiles.hiddenRows = hidden.rows;
  if (!tiles.hiddenWidth)
    tiles.hiddenWidth = hidden.width;
  if (!tiles.unroll)
    tiles.unroll = unrollOf(mlp.output.depth, tiles.taskRows, {tiles.rows, tiles.width});
  if (!tiles.hiddenUnroll)
    tiles.hiddenUnroll =
        unrollOf(mlp.hidden.depth, tiles.taskRows, {tiles.hiddenRows, tiles.hiddenWidth});
  return tiles;
}

static Tiles complete(const KernelGraph &graph, Level level, const Tiles &asked) {
  return completeFor(shapeOf(graph), level, asked);
}

static std::string refuse(const KernelGraph &graph, Level level, const Tiles &tiles) {
  const MlpShape mlp = shapeOf(graph);
  const auto wrong = [](const char *name, int found, const std::string &expected) {
    return std::string(name) + ": found " + std::to_string(found) + ", expected " + expected;
  };
  for (const std::string &bad :
       {refuseRegisterTile(level, "rows", tiles.rows, "width", tiles.width, mlp.output.width),
        refuseRegisterTile(level, "hidden_rows", tiles.hiddenRows, "hidden_width",
                           tiles.hiddenWidth, mlp.hidden.width),
        refuseUnroll("unroll", tiles.unroll, mlp.output.depth),
        refuseUnroll("hidden_unroll", tiles.hiddenUnroll, mlp.hidden.depth)})
    if (!bad.empty())
      return bad;
  const int64_t mostRows = kMostHiddenBytes / (mlp.hidden.width * 4);
  if (tiles.taskRows % tiles.rows || tiles.taskRows > mostRows ||
      tiles.taskRows >= mlp.output.rows + tiles.rows)
    return wrong("task_rows", tiles.taskRows,
                 "a multiple of rows " + std::to_string(tiles.rows) + ", at most all and at most " +
                     std::to_string(mostRows));
  if (tiles.taskRows % tiles.hiddenRows)
    return wrong("hidden_rows", tiles.hiddenRows,
                 "a divisor of task_rows " + std::to_string(tiles.taskRows));
  return {};
}

static std::vector<Tiles> candidates(const KernelGraph &graph, Level level) {
  const MlpShape mlp = shapeOf(graph);
  const int64_t rows = mlp.output.rows, target = ruleTarget(mlp);
  std::vector<Tiles> result;
  for (const GemmTile &tile : rankGemmTiles(level, rows, mlp.output.width, false, 1, 3))
    for (int64_t rowsOfTask :
         {target, target / 8, target / 4, target / 2, 3 * target / 2, 2 * target}) {
      Tiles asked;
      asked.rows = tile.rows;
      asked.width = tile.width;
      asked.taskRows =
          static_cast<int>(chooseRowTile(rows, tile.rows, std::max<int64_t>(rowsOfTask, 14)));
      if (asked.taskRows * mlp.hidden.width * 4 > kSearchedHiddenBytes)
        continue;
      for (const GemmTile &hidden :
           rankGemmTiles(level, asked.taskRows, mlp.hidden.width, true, 1, 2)) {
        asked.hiddenRows = hidden.rows;
        asked.hiddenWidth = hidden.width;
        asked.unroll = asked.hiddenUnroll = 0;
        Tiles tiles = completeFor(mlp, level, asked);
        result.push_back(tiles);
        tiles.unroll *= 2;
        tiles.hiddenUnroll *= 2;
        result.push_back(tiles);
      }
    }
  return result;
}

static double shareOf(const KernelGraph &graph, const Tiles &tiles) {
  return shareOfThreads(shapeOf(graph).output.rows, tiles.taskRows);
}

static std::vector<int64_t> keyOf(const KernelGraph &graph) {
  const MlpShape mlp = shapeOf(graph);
  if (mlp.keepsHidden || !hasPlainWeights(graph))
    return {};
  return {mlp.output.rows, mlp.hidden.depth, mlp.hidden.width, mlp.output.width};
}

const TileSpace kMlpTiles = {"Mlp",
                             "rows, depth, hidden, outputs",
                             {
#include "compiler/fusions/Mlp.tiles.inc"
                             },
                             keyOf,
                             complete,
                             refuse,
                             candidates,
                             shareOf};

} // namespace cnx
