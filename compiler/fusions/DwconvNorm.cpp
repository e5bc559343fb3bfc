// dwconv_norm: the spatial half of a block.
//
//   x ─► dwconv 7x7 ─► layer_norm ─► xhat, [rstd]
//   (N,H,W,C)          (norm's affine stays with the MLP, or is folded into it)
//
// A segment of a row is convolved for all channels, then normalised while it is in the cache: the
// convolution's result never reaches memory (dwconv and norm apart: two more passes over the map).
#include "compiler/fusions/Chain.h"
#include "compiler/fusions/DwconvTile.h"
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
  Func f = stages["layer_norm0"], conv = stages["dwconv0"];
  Stage stage = Stages::computing(f);
  const int lanes = vectorLanes(level);
  const int64_t width = stages.rowExtent(xhat);
  RowLoops rows = parallelRows(stages, stage, xhat, 1);
  Var block("block");
  if (stages.isCopied(xhat)) {
    f.compute_root().align_bounds(stages.c, lanes);
    scheduleCopy(stages, xhat, level);
  }
  stage.split(stages.c, block, stages.c, lanes, TailStrategy::GuardWithIf).vectorize(stages.c);
  conv.compute_at(f, rows.task).align_bounds(stages.c, lanes);
  tileDwconv(stages, "dwconv0", width, stages.paddedWidth(xhat), level);
  if (norm.outputs.size() < 2 || norm.outputs[1] < 0) {
    normAtRow(stages, "layer_norm0", f, rows.row, level);
    return;
  }
  // rstd leaves too: its rows are written beside xhat's.
  Func out = stages.exportCopy(norm.outputs[1]);
  normAtTask(stages, "layer_norm0", f, rows.task, level);
  out.fuse(stages.y, stages.n, rows.task).parallel(rows.task).compute_with(f, rows.task);
}

extern const Fusion kDwconvNorm;
const Fusion kDwconvNorm = {"dwconv_norm", "depthwise convolution and norm", match, schedule};

} // namespace cnx
