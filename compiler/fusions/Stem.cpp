// stem: image to the first map.
//
//   image ─► [relayout | cast] ─► [affine] ─► patch_conv ─► [layer_norm ─► [affine]] ─► x
//   (N,3,H,W) or (N,H,W,3)                    (N,H/4,W/4,C)     └─► xhat, rstd, where backward
//                                                                   reads them
//
// The image is read where it lies, in its own layout and type: no copy of it in channels-last or
// float32 is made. A tile of pixels is convolved for all channels and normalised on the spot.
#include "compiler/fusions/Chain.h"
#include "compiler/fusions/Fusion.h"
#include "compiler/fusions/GemmTile.h"
#include "compiler/fusions/PatchConvKernel.h"
#include "compiler/fusions/ProductKernel.h"
#include "compiler/fusions/RowLoops.h"

namespace cnx {

using namespace Halide;

static std::optional<std::vector<int>> match(const KernelGraph &function, int anchor,
                                             std::string *declined) {
  Chain chain(function, anchor, declined);
  const Node &first = function.nodes[static_cast<size_t>(anchor)];
  const bool isImage = function.values[static_cast<size_t>(first.inputs.at(0))].role == Role::input;
  if (isImage && (isOp(function, anchor, "relayout") || isOp(function, anchor, "cast"))) {
    chain.then("affine");
    if (!chain.then("patch_conv"))
      return chain.decline("the image has another reader, or none that is a patch convolution");
  } else if (isOp(function, anchor, "affine")) {
    if (!chain.then("patch_conv"))
      return std::nullopt;
  } else if (!isOp(function, anchor, "patch_conv")) {
    return std::nullopt;
  }
  // An image that another kernel has laid out, since backward reads it too, is known by the norm.
  if (chain.then("layer_norm"))
    chain.thenExporting("affine");
  else if (!isImage)
    return std::nullopt;
  return chain.nodes();
}

static void schedule(Stages &stages, const KernelGraph &graph, Level level) {
  const int out = lastValue(graph);
  if (!stages.has("layer_norm0")) {
    schedulePatchConv(stages, out, level);
    return;
  }
  const int lanes = vectorLanes(level);
  Func f = stages.stageOf(out), conv = stages["patch_conv0"];
  Stage stage = Stages::computing(f);
  const GemmTile tile = chooseGemmTile(level, stages.rowExtent(out), stages.paddedWidth(out));
  computeApart(stages, out, level, lanes);
  // What leaves beside the map is written segment by segment in the same loops. Bounds inference
  // does not see through a shared loop that is fused over images.
  const std::vector<int> beside = exportsOf(graph, nodeOf(graph, "layer_norm", 0));
  Var segment("segment"), block("block");
  if (beside.empty())
    parallelRows(stages, stage, out, 1);
  else
    stage.parallel(stages.y);
  stage.split(stages.x, segment, stages.x, tile.rows, TailStrategy::GuardWithIf)
      .split(stages.c, block, stages.c, lanes, TailStrategy::GuardWithIf)
      .vectorize(stages.c);
  conv.compute_at(f, segment).bound_extent(stages.x, tile.rows).align_bounds(stages.c, tile.width);
  tileGemm(stages, "patch_conv0.acc", conv, conv, stages.x, tile.rows, tile, level);
  Func acc = stages["patch_conv0.acc"];
  acc.update().unroll(acc.rvars(0)[0]).unroll(acc.rvars(0)[1]);
  if (beside.empty()) {
    normAtRow(stages, "layer_norm0", f, stages.x, level);
    return;
  }
  normAtTask(stages, "layer_norm0", f, segment, level);
  for (int value : beside) {
    Func copy = stages.exportCopy(value);
    scheduleCopy(stages, value, level);
    copy.split(stages.x, segment, stages.x, tile.rows, TailStrategy::GuardWithIf)
        .parallel(stages.y)
        .compute_with(f, segment);
  }
}

extern const Fusion kStem;
const Fusion kStem = {"stem", "image to the first map: patches, norm", match, schedule};

} // namespace cnx
