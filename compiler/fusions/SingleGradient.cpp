#include "compiler/fusions/SingleGradient.h"

#include "compiler/fusions/DepthwiseTaps.h"
#include "compiler/fusions/GradientTile.h"
#include "compiler/fusions/NormGradient.h"
#include "compiler/fusions/PatchGradient.h"
#include "compiler/fusions/RowLoops.h"
#include "compiler/fusions/RowSums.h"
#include "compiler/fusions/RowTile.h"
#include "compiler/fusions/WeightGradient.h"

namespace cnx {

using namespace Halide;

namespace {

// Sums over channels, for all rows.
void sumsOfRows(Stages &s, std::initializer_list<std::string> roles, Level level) {
  for (const std::string &role : roles) {
    if (!s.has(role))
      continue;
    Func sum = s[role];
    sum.compute_root();
    s[role + "_lanes"].compute_at(sum, sum.args()[0]);
    vectorizeSum(s, role, level);
  }
}

void secondResult(Stages &s, const Node &node, Level level) {
  if (node.outputs[0] < 0 || node.outputs.size() < 2 || node.outputs[1] < 0)
    return;
  const int value = node.outputs[1];
  Func f = s.stageOf(value);
  computeApart(s, value, level);
  Stages::computing(f).vectorize(s.c, vectorLanes(level),
                                 s.isCopied(value) ? TailStrategy::RoundUp
                                                   : TailStrategy::GuardWithIf);
}

// 16 x 16 blocks: read along n, written along k.
void transposed(Stages &s, int value, Level level) {
  Var block("block"), inBlock("in_block");
  Stages::computing(s.stageOf(value))
      .split(s.k, block, inBlock, static_cast<int>(kChannelPad), TailStrategy::GuardWithIf)
      .reorder(s.c, inBlock, block, s.p)
      .vectorize(s.c, vectorLanes(level))
      .parallel(s.p);
}

void blockSquares(Stages &s, int value, const std::string &name, Level level) {
  Func f = s.stageOf(value);
  RowLoops rows = parallelRows(s, f, value, chooseRowTile(s.rowExtent(value), 1, 128));
  for (const char *part : {".sum_lanes", ".sum"})
    s[name + part].compute_at(f, rows.row);
  vectorizeSum(s, name + ".sum", level);
}

// The windows' product goes through scratch.
void patchConvGradInput(Stages &s, const Node &node, int value, const std::string &name,
                        Level level) {
  const int lanes = vectorLanes(level), rows = static_cast<int>(patchGradientBand(s, node));
  Func f = s.stageOf(value);
  computeApart(s, value, level);
  Var band("band"), inBand("in_band"), task("task");
  Stages::computing(f)
      .split(s.y, band, inBand, rows, TailStrategy::GuardWithIf)
      .vectorize(s.c, lanes, s.isCopied(value) ? TailStrategy::RoundUp : TailStrategy::GuardWithIf)
      .fuse(band, s.n, task)
      .parallel(task);
  scheduleWindows(s, name, node, LoopLevel(f, task), level);
}

} // namespace

bool scheduleSingleGradient(Stages &s, const Node &node, Level level) {
  const std::string name = node.op + "0";
  const int value = node.outputs[0];
  if (node.op == "layer_norm_grad") {
    scheduleNormGradient(s, value, s.spatial() ? 1 : chooseRowTile(s.rowExtent(value), 1, 128),
                         level);
  } else if (node.op == "block_squares") {
    blockSquares(s, value, name, level);
  } else if (node.op == "transpose_panels") {
    transposed(s, value, level);
  } else if (node.op == "sum_rows" || node.op == "sum_rows_product") {
    scheduleRowSums(s, value, name + ".sum", level);
  } else if (isMatrixGradient(node.op) && s.isPacked(value)) {
    scheduleWeightGradient(s, s.graph(), level);
  } else if (node.op == "dwconv_grad_weight" && s.isPacked(value)) {
    scheduleDepthwiseTaps(s, value, name + ".sum", level);
  } else if (s.has(name + ".windows")) {
    patchConvGradInput(s, node, value, name, level);
  } else if (node.op == "softmax_xent") {
    s[name + ".largest"].compute_root();
    sumsOfRows(s, {name + ".sum", name + ".mass", name + ".entropy"}, level);
    s[name + ".log_sum"].compute_root();
    secondResult(s, node, level);
    return false;
  } else if (node.op == "grn_factor_grad") {
    s[name + ".norm"].compute_root().vectorize(s.c, vectorLanes(level));
    if (s.has(name + ".squares")) { // no norms made before
      s[name + ".squares"].compute_root().vectorize(s.c, vectorLanes(level));
      s[name + ".squares"].update().vectorize(s.c, vectorLanes(level));
    }
    sumsOfRows(s, {name + ".mean", name + ".projection"}, level);
    secondResult(s, node, level);
    return false;
  } else {
    return false;
  }
  return true;
}

} // namespace cnx
