// The loops over an activation's rows, and the statistics of a row.
#pragma once

#include "compiler/kernels/Stages.h"

namespace cnx {

// After parallelRows: `task` is the parallel loop, `row` the one inside it.
struct RowLoops {
  Halide::Var task{"task"}, row;
};

// (c, m): tasks of `rowsPerTask` rows. (c, x, y, n): a task is one image row, whatever rowsPerTask
// says. Panels and taps (c, k, p): a task is a panel. (c): no loop, no task.
RowLoops parallelRows(const Stages &stages, Halide::Stage stage, int value, int64_t rowsPerTask);

// Computes the mean, variance and rstd of layer_norm `name` for each row of `consumer`'s loop
// `row`.
void normAtRow(Stages &stages, const std::string &name, Halide::Func consumer, Halide::Var row,
               Level level);
// The same, for all rows of a task beforehand: where rstd leaves the group.
void normAtTask(Stages &stages, const std::string &name, Halide::Func consumer, Halide::Var task,
                Level level);
// The same, for all rows of the kernel.
void normAtRoot(Stages &stages, const std::string &name, Level level);
// A sumChannels stage: sixteen lanes, then their sum. Sets no compute level.
void vectorizeSum(Stages &stages, const std::string &role, Level level);

// A copy of a private stage to an output of any width.
void scheduleCopy(Stages &stages, int value, Level level);
// Where an output is such a copy: its stage stands apart, whole tiles of `width` channels of it.
void computeApart(Stages &stages, int value, Level level, int width = 1);

} // namespace cnx
