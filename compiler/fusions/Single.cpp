// single: any one op, with the schedule that suits its kind. What no fusion takes, and all of
// --no-fusion.
#include "compiler/fusions/DwconvTile.h"
#include "compiler/fusions/Fusion.h"
#include "compiler/fusions/GradientTile.h"
#include "compiler/fusions/PatchConvKernel.h"
#include "compiler/fusions/ProductKernel.h"
#include "compiler/fusions/RowLoops.h"
#include "compiler/fusions/RowTile.h"
#include "compiler/fusions/SingleGradient.h"
#include "compiler/fusions/SumOverImage.h"
#include "compiler/fusions/WeightDots.h"

#include <algorithm>

namespace cnx {

using namespace Halide;

static std::optional<std::vector<int>> matchAny(const KernelGraph &, int anchor, std::string *) {
  return std::vector<int>{anchor};
}

namespace {

struct SingleOp {
  Stages &s;
  const Node &node;
  Level level;
  int out;          // the first result
  std::string role; // of the first result
  Func f;           // its stage

  int lanes() const { return vectorLanes(level); }

  // A private stage in front of a narrow output is computed before the copy; its width is rounded
  // up.
  TailStrategy channelTail() const {
    return s.isCopied(out) ? TailStrategy::RoundUp : TailStrategy::GuardWithIf;
  }

  void elementwise() {
    Stage stage = Stages::computing(f);
    RowLoops rows = parallelRows(s, stage, out, chooseRowTile(s.rowExtent(out), 1, 128));
    stage.vectorize(s.c, lanes(), channelTail());
  }

  void layerNorm() {
    Stage stage = Stages::computing(f);
    RowLoops rows = parallelRows(s, stage, out, chooseRowTile(s.rowExtent(out), 1, 128));
    Var block("block");
    stage.split(s.c, block, s.c, lanes(), channelTail()).vectorize(s.c);
    if (node.outputs.size() > 1 && node.outputs[1] >= 0)
      normAtRoot(s, role, level);
    else
      normAtRow(s, role, f, rows.row, level);
  }

  void linear() { scheduleProduct(s, out, 0, level); }

  void patchConv() { schedulePatchConv(s, out, level); }

  void dwconv() {
    Stage stage = Stages::computing(f);
    if (s.isCopied(out))
      f.align_bounds(s.c, lanes());
    Var band("band"), inBand("in_band"), task("task");
    stage.split(s.y, band, inBand, dwconvBand(s.value(out).shape), TailStrategy::GuardWithIf)
        .fuse(band, s.n, task)
        .parallel(task);
    tileDwconv(s, role, inBand, dwconvSegment(s.rowExtent(out), level), level);
  }

  void meanPool() { scheduleSumOverImage(s, role + ".sum", f, out, level); }

  void imageNorm() { scheduleSumOverImage(s, role + ".squares", f, out, level); }

  void grnFactor() {
    Func norm = s[role + ".norm"];
    norm.compute_root();
    if (s.has(role + ".squares"))
      scheduleSumOverImage(s, role + ".squares", norm, out, level);
    s[role + ".mean"].compute_root();
    s[role + ".mean_lanes"].compute_at(s[role + ".mean"], s[role + ".mean"].args()[0]);
    vectorizeSum(s, role + ".mean", level);
    Stages::computing(f).vectorize(s.c, lanes(), channelTail());
  }

  // The image's side has rows of x, the activation's of c: 16 streams of one side meet one stream
  // of the other.
  void relayout() {
    Stage stage = Stages::computing(f);
    Var block("block");
    if (f.args()[0].name() == s.c.name()) {
      parallelRows(s, stage, out, 1);
      return;
    }
    stage.split(s.c, block, s.c, static_cast<int>(kChannelPad), TailStrategy::GuardWithIf)
        .reorder(s.c, s.x, s.y, block)
        .parallel(block);
  }
};

} // namespace

static void scheduleSingle(Stages &stages, const KernelGraph &graph, Level level) {
  const Node &node = graph.nodes.at(0);
  int out = node.outputs.at(0) >= 0 ? node.outputs[0] : node.outputs.at(1);
  SingleOp op{stages, node, level, out, stages.roleOf(out), stages.stageOf(out)};
  if (node.op == "linear" || node.op == "patch_conv") {
    node.op == "linear" ? op.linear() : op.patchConv();
    return;
  }
  if (isWeightDot(node.op)) {
    scheduleWeightDots(stages, node.op, out, level);
    return;
  }
  if (scheduleSingleGradient(stages, node, level))
    return;
  computeApart(stages, out, level);
  if (node.op == "layer_norm")
    op.layerNorm();
  else if (node.op == "dwconv" || node.op == "dwconv_grad_input")
    op.dwconv();
  else if (node.op == "mean_pool" || node.op == "sum_image_product")
    op.meanPool();
  else if (node.op == "image_norm")
    op.imageNorm();
  else if (node.op == "grn_factor")
    op.grnFactor();
  else if (node.op == "relayout")
    op.relayout();
  else
    op.elementwise();
}

static int stripWidth(const KernelGraph &graph, Level level) {
  const Node &node = graph.nodes.at(0);
  const bool isPacked = graph.values[node.outputs.at(0)].shape.size() == 3;
  return isMatrixGradient(node.op) && isPacked ? gradientStripWidth(graph, level) : 1;
}

extern const Fusion kSingle;
const Fusion kSingle = {"single", "one op with the schedule of its kind", matchAny, scheduleSingle,
                        stripWidth};

} // namespace cnx
