#include "compiler/fusions/PatchConvKernel.h"

#include "compiler/fusions/Chain.h"
#include "compiler/fusions/GemmTile.h"
#include "compiler/fusions/ProductKernel.h"
#include "compiler/fusions/RowLoops.h"

namespace cnx {

using namespace Halide;

bool patchConvHasFewRows(const Value &output, const Value &panels) {
  return hasFewRows(rowsOf(output), panels);
}

int windowRowsOfTask(int64_t height, int64_t width, int64_t images) {
  int best = 1;
  for (int rows = 1; rows <= height && rows * width <= 112; ++rows)
    if (height % rows == 0 && height / rows * images >= 4)
      best = rows;
  return best;
}

PatchConvLoops schedulePatchConv(Stages &stages, int value, Level level, bool oneImageAtOnce) {
  Func f = stages.stageOf(value);
  Stage stage = Stages::computing(f);
  const std::vector<int64_t> &shape = stages.value(value).shape;
  const GemmTile tile = chooseGemmTile(level, shape[2], stages.paddedWidth(value));
  computeApart(stages, value, level, tile.width);
  const Value &panels = stages.value(nodeOf(stages.graph(), "patch_conv", 0).inputs.at(1));
  const bool fewRows = patchConvHasFewRows(stages.value(value), panels);
  const int bandRows = windowRowsOfTask(shape[1], shape[2], oneImageAtOnce ? 1 : shape[0]);
  // Tiles do not cross image rows.
  const int64_t padded = (shape[2] + tile.rows - 1) / tile.rows * tile.rows;
  TileLoops loops = tileGemm(stages, "patch_conv0.acc", stage, f, stages.x,
                             padded * (fewRows ? shape[0] * shape[1] : bandRows), tile, level);
  if (fewRows) {
    stage.reorder(loops.tile, stages.y, stages.n, loops.panel).parallel(loops.panel);
    return {LoopLevel(f, loops.panel)};
  }
  PatchConvLoops result;
  Var band = result.band, inBand("in_band"), task("task");
  stage.split(stages.y, band, inBand, bandRows, TailStrategy::GuardWithIf)
      .reorder(loops.tile, inBand, loops.panel, band, stages.n);
  if (oneImageAtOnce) // bounds inference does not see through a shared loop fused over images
    task = band;
  else
    stage.fuse(band, stages.n, task);
  stage.parallel(task);
  result.task = LoopLevel(f, task);
  result.bandRows = bandRows;
  return result;
}

} // namespace cnx
