// dwconv_grad: through the depthwise convolution back to the residual stream.
//
//   dd ─► dwconv_grad_input ─► add ─► dx
//   (N,H,W,C)       dy ────────┘  (may be overwritten)
//
// The stream's cotangent passes the block and gains what comes back through its branch.
#include "compiler/fusions/Chain.h"
#include "compiler/fusions/DwconvTile.h"
#include "compiler/fusions/Fusion.h"
#include "compiler/fusions/ProductKernel.h"
#include "compiler/fusions/RowLoops.h"

namespace cnx {

using namespace Halide;

static std::optional<std::vector<int>> match(const KernelGraph &function, int anchor,
                                             std::string *declined) {
  if (!isOp(function, anchor, "dwconv_grad_input"))
    return std::nullopt;
  Chain chain(function, anchor, declined);
  if (!chain.then("add"))
    return chain.decline("no addition to the residual stream follows");
  return chain.nodes();
}

static void schedule(Stages &stages, const KernelGraph &graph, Level level) {
  const int out = lastValue(graph);
  Func f = stages.stageOf(out);
  Stage stage = Stages::computing(f);
  computeApart(stages, out, level, vectorLanes(level));
  Var band("band"), inBand("in_band"), task("task");
  stage
      .split(stages.y, band, inBand, dwconvBand(stages.value(out).shape), TailStrategy::GuardWithIf)
      .fuse(band, stages.n, task)
      .parallel(task);
  tileDwconv(stages, "dwconv_grad_input0.acc", f, inBand,
             dwconvSegment(stages.rowExtent(out), level), level);
}

extern const Fusion kDwconvGrad;
const Fusion kDwconvGrad = {"dwconv_grad",
                            "a depthwise convolution's input gradient, added to the stream's",
                            match, schedule};

} // namespace cnx
