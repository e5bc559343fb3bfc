#include "compiler/fusions/PatchGradient.h"

#include "compiler/fusions/GemmTile.h"
#include "compiler/fusions/PatchConvKernel.h"

namespace cnx {

using namespace Halide;

// Rows of windows that share a pass over the weights.
static int windowRows(const Stages &stages, const Node &node) {
  const std::vector<int64_t> &windows = stages.value(node.inputs.at(0)).shape;
  const int64_t height = stages.value(node.outputs.at(0)).shape[1];
  const int rows = windowRowsOfTask(windows[1], windows[2], windows[0]);
  return height % (rows * node.integer("kernel")) ? 1 : rows; // bands of one size
}

int64_t patchGradientBand(const Stages &stages, const Node &node) {
  return node.integer("kernel") * windowRows(stages, node);
}

void scheduleWindows(Stages &stages, const std::string &name, const Node &node, LoopLevel task,
                     Level level) {
  Func windows = stages[name + ".windows"];
  const Value &dy = stages.value(node.inputs.at(0)), &panels = stages.value(node.inputs.at(1));
  const int64_t width = panels.shape[0] * kChannelPad, row = dy.shape[2];
  const GemmTile tile = chooseGemmTile(level, row, width);
  windows.bound(stages.c, 0, static_cast<int>(width)).bound_extent(stages.x, static_cast<int>(row));
  const bool allAtOnce = patchConvHasFewRows(dy, panels);
  const int64_t rows = allAtOnce ? dy.shape[0] * dy.shape[1] : windowRows(stages, node);
  const int64_t padded = (row + tile.rows - 1) / tile.rows * tile.rows;
  TileLoops loops =
      tileGemm(stages, name + ".acc", windows, windows, stages.x, padded * rows, tile, level);
  if (allAtOnce) {
    windows.compute_root()
        .reorder(loops.tile, stages.y, stages.n, loops.panel)
        .parallel(loops.panel);
    return;
  }
  windows.compute_at(task)
      .bound_extent(stages.y, static_cast<int>(rows))
      .reorder(loops.tile, stages.y, loops.panel);
}

} // namespace cnx
