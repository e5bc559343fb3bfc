#include "compiler/fusions/PatchGradient.h"

#include "compiler/fusions/GemmTile.h"

namespace cnx {

using namespace Halide;

void scheduleWindows(Stages &stages, const std::string &name, const Node &node, LoopLevel task,
                     Level level) {
  Func windows = stages[name + ".windows"];
  const int64_t width = stages.value(node.inputs.at(1)).shape[0] * kChannelPad;
  const int64_t row = stages.value(node.inputs.at(0)).shape[2];
  const GemmTile tile = chooseGemmTile(level, row, width);
  windows.compute_at(task)
      .bound_extent(stages.y, 1)
      .bound_extent(stages.x, static_cast<int>(row))
      .bound(stages.c, 0, static_cast<int>(width));
  tileGemm(stages, name + ".acc", windows, windows, stages.x, row, tile, level);
}

} // namespace cnx
