#include "compiler/fusions/RowLoops.h"

#include <algorithm>

namespace cnx {

using namespace Halide;

RowLoops parallelRows(const Stages &stages, Stage stage, int value, int64_t rowsPerTask) {
  RowLoops loops;
  std::vector<Var> rows = stages.rowVars(value);
  if (rows.empty()) // a sum over rows
    return loops;
  if (rows.size() == 2) { // panels, taps
    stage.parallel(rows[1]);
    loops.task = rows[1];
    loops.row = rows[0];
    return loops;
  }
  if (rows.size() == 3) {
    stage.fuse(rows[1], rows[2], loops.task).parallel(loops.task);
    loops.row = rows[0];
    return loops;
  }
  loops.row = Var("row");
  if (rowsPerTask >= stages.rowExtent(value)) {
    stage.split(rows[0], loops.task, loops.row, static_cast<int>(stages.rowExtent(value)),
                TailStrategy::GuardWithIf);
    return loops;
  }
  stage
      .split(rows[0], loops.task, loops.row, static_cast<int>(rowsPerTask),
             TailStrategy::GuardWithIf)
      .parallel(loops.task);
  return loops;
}

void vectorizeSum(Stages &stages, const std::string &role, Level level) {
  const int width = static_cast<int>(kChannelPad);
  Func lanes = stages[role + "_lanes"], sum = stages[role];
  Var lane = lanes.args()[0];
  lanes.vectorize(lane, vectorLanes(level)).unroll(lane);
  lanes.update().reorder(lane, lanes.rvars(0)[0]).vectorize(lane, vectorLanes(level)).unroll(lane);
  sum.update().atomic().vectorize(sum.rvars(0)[0], width);
}

static const char *const kStatistics[] = {".mean_lanes", ".mean", ".var_lanes", ".var", ".rstd"};

void normAtRow(Stages &stages, const std::string &name, Func consumer, Var row, Level level) {
  for (const char *part : kStatistics)
    stages[name + part].compute_at(consumer, row);
  vectorizeSum(stages, name + ".mean", level);
  vectorizeSum(stages, name + ".var", level);
}

static void normAt(Stages &stages, const std::string &name, const LoopLevel &rows, Level level) {
  for (const char *part : {".mean", ".var"}) {
    Func sum = stages[name + part];
    sum.compute_at(rows);
    stages[name + part + "_lanes"].compute_at(sum, sum.args()[0]);
    vectorizeSum(stages, name + part, level);
  }
  stages[name + ".rstd"].compute_at(rows);
}

void normAtTask(Stages &stages, const std::string &name, Func consumer, Var task, Level level) {
  normAt(stages, name, LoopLevel(consumer, task), level);
}

void normAtRoot(Stages &stages, const std::string &name, Level level) {
  normAt(stages, name, LoopLevel::root(), level);
}

void scheduleCopy(Stages &stages, int value, Level level) {
  Func out = stages.output(value);
  Var first = out.args()[0];
  int64_t extent = stages.value(value).shape.back();
  if (first.name() == stages.c.name() && extent >= vectorLanes(level))
    out.vectorize(first, vectorLanes(level), TailStrategy::GuardWithIf);
}

void computeApart(Stages &stages, int value, Level level, int width) {
  if (!stages.isCopied(value))
    return;
  Func f = stages.stageOf(value).compute_root();
  if (width > 1)
    f.align_bounds(stages.c, width);
  scheduleCopy(stages, value, level);
}

} // namespace cnx
