#include "compiler/fusions/ProductKernel.h"

#include "compiler/Error.h"
#include "compiler/fusions/GemmTile.h"
#include "compiler/fusions/ProductTiles.h"
#include "compiler/fusions/RowLoops.h"

#include <functional>

namespace cnx {

using namespace Halide;

// Weights of this size stay in any level-2 cache while tasks of rows pass over them.
static constexpr int64_t kCachedWeights = 400 * 1024;

bool hasFewRows(int64_t rows, int64_t weightBytes) {
  return rows < 64 || (rows <= 400 && weightBytes > kCachedWeights);
}

bool hasFewRows(int64_t rows, const Value &panels) {
  return hasFewRows(rows, panels.elements() * 4);
}

const Node &nodeOf(const KernelGraph &graph, const std::string &op, int index) {
  for (const Node &node : graph.nodes)
    if (node.op == op && index-- == 0)
      return node;
  throw UserError("kernel graph: fusion '" + graph.fusion + "': found too few ops '" + op +
                  "', expected another");
}

int lastValue(const KernelGraph &graph) { return graph.nodes.back().outputs.at(0); }

std::vector<int> exportsOf(const KernelGraph &graph, const Node &node) {
  std::vector<int> result;
  for (int value : node.outputs)
    if (value >= 0 && value != lastValue(graph) &&
        graph.values[static_cast<size_t>(value)].role == Role::output)
      result.push_back(value);
  return result;
}

// Writes a copy of `value`, if it is one, in the product's loops down to `innermost`; `cut` cuts
// the copy's as the product's are.
static void writeBeside(Stages &stages, int value, Stage product, Var innermost,
                        const std::function<void(Stage)> &cut) {
  if (value < 0)
    return;
  Func copy = stages.exportCopy(value);
  cut(copy);
  copy.compute_with(product, innermost);
}

ProductLoops scheduleProduct(Stages &stages, int value, int index, Level level, const Tiles &asked,
                             int beside) {
  Func f = stages.stageOf(value);
  const std::string acc = "linear" + std::to_string(index) + ".acc";
  Stage stage = Stages::computing(f);
  const ProductShape shape = productShape(stages.graph(), index);
  const Tiles tiles = completeProductTiles(shape, level, asked);
  const GemmTile tile{tiles.rows, tiles.width};
  computeApart(stages, value, level, tile.width);
  if (tiles.taskRows >= shape.rows) {
    const Var row = stages.rowVars(value)[0];
    const TileLoops loops;
    const bool isDeep = tiles.block < shape.depth;
    if (isDeep)
      tileDeepGemm(stages, acc, stage, f, row, shape.rows, tile, level, tiles.block, tiles.unroll);
    else
      tileGemm(stages, acc, stage, f, row, shape.rows, tile, level, tiles.unroll);
    stage.parallel(loops.panel);
    writeBeside(stages, beside, stage, isDeep ? loops.panel : loops.tile, [&](Stage copy) {
      isDeep ? cutPanels(stages, copy, row, tile, level) : cutTiles(stages, copy, row, tile, level);
      copy.parallel(loops.panel);
    });
    return {LoopLevel(f, loops.panel), shape.rows};
  }
  RowLoops loops = parallelRows(stages, stage, value, tiles.taskRows);
  const TileLoops products =
      tileGemm(stages, acc, stage, f, loops.row, tiles.taskRows, tile, level, tiles.unroll);
  writeBeside(stages, beside, stage, products.tile, [&](Stage copy) {
    const Var row = parallelRows(stages, copy, beside, tiles.taskRows).row;
    cutTiles(stages, copy, row, tile, level);
  });
  return {LoopLevel(f, loops.task), tiles.taskRows};
}

} // namespace cnx
