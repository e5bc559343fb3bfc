#include "compiler/fusions/ProductKernel.h"

#include "compiler/Error.h"
#include "compiler/fusions/GemmTile.h"
#include "compiler/fusions/RowLoops.h"
#include "compiler/fusions/RowTile.h"

#include <functional>

namespace cnx {

using namespace Halide;

// Weights of this size stay in any level-2 cache while tasks of rows pass over them.
static constexpr int64_t kCachedWeights = 400 * 1024;
// Weights of this size come from memory each time.
static constexpr int64_t kStreamedWeights = 8 * 1024 * 1024;

bool hasFewRows(int64_t rows, const Value &panels) {
  const int64_t bytes = panels.elements() * 4;
  return rows < 64 || (rows <= 400 && bytes > kCachedWeights);
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

ProductLoops scheduleProduct(Stages &stages, int value, int index, Level level, int beside) {
  Func f = stages.stageOf(value);
  const std::string acc = "linear" + std::to_string(index) + ".acc";
  Stage stage = Stages::computing(f);
  const int64_t rows = stages.rowExtent(value), width = stages.paddedWidth(value);
  const int panels = nodeOf(stages.graph(), "linear", index).inputs.at(1);
  const bool fewRows = hasFewRows(rows, stages.value(panels));
  const bool streamed = fewRows && stages.value(panels).elements() * 4 > kStreamedWeights;
  const GemmTile tile =
      streamed ? chooseStreamingGemmTile(level, rows, width) : chooseGemmTile(level, rows, width);
  computeApart(stages, value, level, tile.width);
  if (fewRows) {
    const Var row = stages.rowVars(value)[0];
    const TileLoops loops;
    const bool isDeep = deepBlock(stages.value(panels).shape[1], rows, tile) != 0;
    if (isDeep)
      tileDeepGemm(stages, acc, stage, f, row, rows, tile, level);
    else
      tileGemm(stages, acc, stage, f, row, rows, tile, level);
    stage.parallel(loops.panel);
    writeBeside(stages, beside, stage, isDeep ? loops.panel : loops.tile, [&](Stage copy) {
      isDeep ? cutPanels(stages, copy, row, tile, level) : cutTiles(stages, copy, row, tile, level);
      copy.parallel(loops.panel);
    });
    return {LoopLevel(f, loops.panel), rows};
  }
  const int64_t perTask = chooseRowTile(rows, tile.rows, 64);
  RowLoops loops = parallelRows(stages, stage, value, perTask);
  const TileLoops tiles = tileGemm(stages, acc, stage, f, loops.row, perTask, tile, level);
  writeBeside(stages, beside, stage, tiles.tile, [&](Stage copy) {
    const Var row = parallelRows(stages, copy, beside, perTask).row;
    cutTiles(stages, copy, row, tile, level);
  });
  return {LoopLevel(f, loops.task), perTask};
}

} // namespace cnx
