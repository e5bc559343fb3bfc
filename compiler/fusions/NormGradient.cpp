#include "compiler/fusions/NormGradient.h"

#include "compiler/fusions/RowLoops.h"

namespace cnx {

using namespace Halide;

std::optional<std::vector<int>> normGradient(const KernelGraph &function, Chain &chain) {
  chain.then("scale");
  const int cotangent = chain.value();
  if (!chain.then("layer_norm_grad"))
    return std::nullopt;
  if (function.nodes[static_cast<size_t>(chain.nodes().back())].inputs[0] != cotangent)
    return chain.decline("the product is what was normalised, not its cotangent");
  return chain.nodes();
}

LoopLevel scheduleNormGradient(Stages &stages, int value, int64_t rowsPerTask, Level level) {
  const int lanes = vectorLanes(level);
  const std::string name = "layer_norm_grad0";
  Func f = stages.stageOf(value);
  Stage stage = Stages::computing(f);
  computeApart(stages, value, level, lanes);
  Var block("block"), task("task"), band("band"), inBand("in_band"), row = stages.x;
  if (stages.rowVars(value).size() == 3) {
    stage.split(stages.y, band, inBand, static_cast<int>(rowsPerTask), TailStrategy::GuardWithIf)
        .fuse(band, stages.n, task)
        .parallel(task);
  } else {
    const RowLoops rows = parallelRows(stages, stage, value, rowsPerTask);
    task = rows.task;
    row = rows.row;
  }
  stage.split(stages.c, block, stages.c, lanes, TailStrategy::GuardWithIf).vectorize(stages.c);
  for (const char *part : {".mean_lanes", ".mean", ".projection_lanes", ".projection"})
    stages[name + part].compute_at(f, row);
  vectorizeSum(stages, name + ".mean", level);
  vectorizeSum(stages, name + ".projection", level);
  return LoopLevel(f, task);
}

} // namespace cnx
