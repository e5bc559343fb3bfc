#include "compiler/fusions/ProductTiles.h"

#include "compiler/fusions/Chain.h"
#include "compiler/fusions/GemmTile.h"
#include "compiler/fusions/ProductKernel.h"
#include "compiler/fusions/RowTile.h"

#include <algorithm>

namespace cnx {

// Weights of this size come from memory each time.
static constexpr int64_t kStreamedWeights = 8 * 1024 * 1024;
// Rows of a task, where it has not all: enough to use a panel from the level-1 cache again.
static constexpr int64_t kTaskRows = 64;
static constexpr int kLongestUnroll = 8;

static int narrow(int64_t value) { return static_cast<int>(value); }

static int64_t passesOf(int64_t rows, int tileRows) { return (rows + tileRows - 1) / tileRows; }

ProductShape productShape(const KernelGraph &graph, int index) {
  const Node &linear = nodeOf(graph, "linear", index);
  const Value &panels = graph.values[static_cast<size_t>(linear.inputs.at(1))];
  return {rowsOf(graph.values[static_cast<size_t>(linear.outputs[0])]), panels.shape.at(1),
          panels.shape.at(0) * kChannelPad};
}

Tiles completeProductTiles(const ProductShape &shape, Level level, const Tiles &asked) {
  Tiles tiles = asked;
  const int64_t weightBytes = shape.depth * shape.width * 4;
  const bool fewRows = hasFewRows(shape.rows, weightBytes);
  const GemmTile rule = fewRows && weightBytes > kStreamedWeights
                            ? chooseStreamingGemmTile(level, shape.rows, shape.width)
                            : chooseGemmTile(level, shape.rows, shape.width);
  if (!tiles.rows)
    tiles.rows = rule.rows;
  if (!tiles.width)
    tiles.width = rule.width;
  const GemmTile tile{tiles.rows, tiles.width};
  if (!tiles.taskRows)
    tiles.taskRows = narrow(fewRows ? shape.rows : chooseRowTile(shape.rows, tile.rows, kTaskRows));
  const bool panelTasks = tiles.taskRows >= shape.rows;
  if (!tiles.block)
    tiles.block = panelTasks ? deepBlock(level, shape.depth, shape.rows, tile) : 0;
  if (!tiles.block)
    tiles.block = narrow(shape.depth);
  if (!tiles.unroll)
    tiles.unroll = chooseUnroll(
        tiles.block, passesOf(panelTasks ? shape.rows : tiles.taskRows, tile.rows), tile);
  return tiles;
}

static std::string wrong(const std::string &name, int found, const std::string &expected) {
  return name + ": found " + std::to_string(found) + ", expected " + expected;
}

std::string refuseRegisterTile(Level level, const char *rowsName, int rows, const char *widthName,
                               int width, int64_t paddedWidth) {
  if (width < 1 || width % kChannelPad || paddedWidth % width)
    return wrong(widthName, width,
                 "a multiple of " + std::to_string(kChannelPad) + " that divides " +
                     std::to_string(paddedWidth));
  if (rows < 1 || !fitsRegisters(level, {rows, width}))
    return wrong(rowsName, rows,
                 "rows whose sums fit the registers beside " + std::to_string(width) + " outputs");
  return {};
}

std::string refuseUnroll(const char *name, int unroll, int64_t depth) {
  if (unroll < 1 || unroll > kLongestUnroll || unroll & (unroll - 1) || depth % unroll)
    return wrong(name, unroll, "1, 2, 4 or 8 that divides " + std::to_string(depth) + " steps");
  return {};
}

std::string refuseProductTiles(const ProductShape &shape, Level level, const Tiles &tiles) {
  if (std::string bad =
          refuseRegisterTile(level, "rows", tiles.rows, "width", tiles.width, shape.width);
      !bad.empty())
    return bad;
  const bool panelTasks = tiles.taskRows >= shape.rows;
  if (tiles.rows > shape.rows)
    return wrong("rows", tiles.rows, "at most all " + std::to_string(shape.rows));
  if (panelTasks ? tiles.taskRows > shape.rows : tiles.taskRows % tiles.rows != 0)
    return wrong("task_rows", tiles.taskRows,
                 "all " + std::to_string(shape.rows) + " or a multiple of rows " +
                     std::to_string(tiles.rows));
  if (tiles.block < 1 || shape.depth % tiles.block)
    return wrong("block", tiles.block, "a divisor of " + std::to_string(shape.depth));
  if (tiles.block < shape.depth &&
      !(panelTasks && fitsDeepGemm(shape.rows, {tiles.rows, tiles.width})))
    return wrong("block", tiles.block,
                 std::to_string(shape.depth) +
                     ": only tasks of panels can be cut, whose sums fit 16 KiB");
  return refuseUnroll("unroll", tiles.unroll, tiles.block);
}

// Other rows a task than the rule's.
static std::vector<int> taskSizes(const ProductShape &shape, const Tiles &rule) {
  std::vector<int> sizes = {rule.taskRows};
  if (rule.taskRows >= shape.rows) {
    // A part of the rows reads each weight as often as there are parts.
    for (int parts : {2, 4})
      if (shape.rows >= 64 * parts)
        sizes.push_back(narrow((shape.rows / parts + rule.rows - 1) / rule.rows * rule.rows));
    return sizes;
  }
  for (int64_t target : {kTaskRows / 2, 2 * kTaskRows, 4 * kTaskRows})
    sizes.push_back(narrow(chooseRowTile(shape.rows, rule.rows, target)));
  return sizes;
}

// Other blocks of K: panels of half, as much as and twice what a level-1 cache has, of what
// deepBlock takes, or none.
static std::vector<int> blocksOf(const ProductShape &shape, const Tiles &rule) {
  std::vector<int> blocks = {rule.block, narrow(shape.depth)};
  for (int64_t bytes : {10 * 1024, 20 * 1024, 40 * 1024, 80 * 1024}) {
    int64_t block = std::min(shape.depth, std::max<int64_t>(8, bytes / (rule.width * 4)));
    while (shape.depth % block)
      --block;
    blocks.push_back(narrow(block));
  }
  return blocks;
}

std::vector<Tiles> productCandidates(const ProductShape &shape, Level level) {
  constexpr size_t kTiles = 8, kVaried = 4;
  std::vector<Tiles> result;
  size_t place = 0;
  for (const GemmTile &tile : rankGemmTiles(level, shape.rows, shape.width, false, 2, kTiles)) {
    Tiles asked;
    asked.rows = tile.rows;
    asked.width = tile.width;
    const Tiles rule = completeProductTiles(shape, level, asked);
    result.push_back(rule);
    if (place++ >= kVaried)
      continue;
    for (int size : taskSizes(shape, rule))
      for (int block : blocksOf(shape, rule))
        for (int unroll : {0, 2 * rule.unroll}) {
          asked.taskRows = size;
          asked.block = block;
          asked.unroll = unroll;
          result.push_back(completeProductTiles(shape, level, asked));
        }
  }
  return result;
}

bool hasPlainWeights(const KernelGraph &graph) {
  return std::all_of(graph.values.begin(), graph.values.end(), [](const Value &value) {
    return value.role != Role::weight || value.type == ElementType::f32;
  });
}

static double shareOf(const KernelGraph &graph, const Tiles &tiles) {
  const ProductShape shape = productShape(graph, 0);
  return tiles.taskRows >= shape.rows ? shareOfThreads(shape.width, tiles.width)
                                      : shareOfThreads(shape.rows, tiles.taskRows);
}

static std::vector<int64_t> keyOf(const KernelGraph &graph) {
  if (!hasPlainWeights(graph))
    return {};
  for (size_t v = 0; v < graph.values.size(); ++v)
    if (graph.values[v].role == Role::output && static_cast<int>(v) != lastValue(graph))
      return {};
  const ProductShape shape = productShape(graph, 0);
  return {shape.rows, shape.depth, shape.width};
}

TileSpace productTileSpace(const char *tableName, std::vector<TileRow> rows) {
  TileSpace space{};
  space.tableName = tableName;
  space.shapeNames = "rows, depth, outputs";
  space.rows = std::move(rows);
  space.shape = keyOf;
  space.complete = [](const KernelGraph &graph, Level level, const Tiles &asked) {
    return completeProductTiles(productShape(graph, 0), level, asked);
  };
  space.refuse = [](const KernelGraph &graph, Level level, const Tiles &tiles) {
    return refuseProductTiles(productShape(graph, 0), level, tiles);
  };
  space.candidates = [](const KernelGraph &graph, Level level) {
    return productCandidates(productShape(graph, 0), level);
  };
  space.share = shareOf;
  return space;
}

} // namespace cnx
