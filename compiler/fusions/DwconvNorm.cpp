// dwconv_norm: the spatial half of a block.
//
//   x ─► dwconv 7x7 ─► layer_norm ─► xhat, [rstd]
//   (N,H,W,C)          (norm's affine stays with the MLP, or is folded into it)
//
// A segment of a row is convolved for all channels, then normalised while it is in the cache: the
// convolution's result never reaches memory (dwconv and norm apart: two more passes over the map).
#include "compiler/fusions/Chain.h"
#include "compiler/fusions/DwconvTile.h"
#include "compiler/fusions/DwconvTiles.h"
#include "compiler/fusions/Fusion.h"
#include "compiler/fusions/ProductKernel.h"
#include "compiler/fusions/RowLoops.h"

namespace cnx {

using namespace Halide;

static std::optional<std::vector<int>> match(const KernelGraph &function, int anchor,
                                             std::string *declined) {
  if (!isOp(function, anchor, "dwconv"))
    return std::nullopt;
  Chain chain(function, anchor, declined);
  if (!chain.then("layer_norm"))
    return chain.decline("the convolution has another reader, or none that is a norm");
  return chain.nodes();
}

static void schedule(Stages &stages, const KernelGraph &graph, Level level) {
  const Node &norm = nodeOf(graph, "layer_norm", 0);
  const int xhat = norm.outputs[0];
  const bool keepsRstd = norm.outputs.size() > 1 && norm.outputs[1] >= 0;
  Func f = stages["layer_norm0"], conv = stages["dwconv0"];
  Stage stage = Stages::computing(f);
  const int lanes = vectorLanes(level);
  const Tiles tiles = tilesOf(kDwconvTiles, graph, level);
  const int rows = tiles.band;
  Var task("task"), band("band"), inBand("in_band"), block("block");
  computeApart(stages, xhat, level, lanes);
  stage.split(stages.y, band, inBand, rows, TailStrategy::GuardWithIf)
      .split(stages.c, block, stages.c, lanes, TailStrategy::GuardWithIf)
      .vectorize(stages.c);
  // Bounds inference does not see through a loop that two outputs share if it is fused over images:
  // with rstd the bands of one image after the other are parallel.
  if (keepsRstd)
    task = band;
  else
    stage.fuse(band, stages.n, task);
  stage.parallel(task);
  conv.compute_at(f, task).bound_extent(stages.y, rows).align_bounds(stages.c, lanes);
  tileDwconv(stages, "dwconv0", stages.y, tiles.segment, level);
  if (!keepsRstd) {
    normAtRow(stages, "layer_norm0", f, stages.x, level);
    return;
  }
  normAtTask(stages, "layer_norm0", f, inBand, level);
  stages.exportCopy(norm.outputs[1])
      .split(stages.y, band, inBand, rows, TailStrategy::GuardWithIf)
      .parallel(band)
      .compute_with(f, inBand);
}

extern const Fusion kDwconvNorm;
const Fusion kDwconvNorm = {
    "dwconv_norm", "depthwise convolution and norm", match, schedule, nullptr, &kDwconvTiles};

} // namespace cnx
