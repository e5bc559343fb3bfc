// The loops over an activation's rows, and the statistics of a row.
#pragma once

#include "compiler/kernels/Stages.h"

namespace cnx {

// After parallelRows: `task` is the parallel loop, `row` the one inside it.
struct RowLoops {
  Halide::Var task{"task"}, row;
};

// (c, m): tasks of `rowsPerTask` rows. (c, x, y, n): a task is one image row, whatever rowsPerTask
// says.
RowLoops parallelRows(const Stages &stages, Halide::Stage stage, int value, int64_t rowsPerTask);

// Rows a task for work of `rows` rows: at most 64 tasks, at least 4 where there are as many rows,
// whole tiles.
int64_t rowsPerTask(int64_t rows, int64_t tile);

// Computes the mean, variance and rstd of layer_norm `name` for each row of `consumer`'s loop
// `row`.
void normAtRow(Stages &stages, const std::string &name, Halide::Func consumer, Halide::Var row,
               Level level);
// The same, for all rows beforehand: where another output needs them too.
void normAtRoot(Stages &stages, const std::string &name, Level level);
// A sumChannels stage: sixteen lanes, then their sum. Sets no compute level.
void vectorizeSum(Stages &stages, const std::string &role, Level level);

// A copy of a private stage to an output of any width.
void scheduleCopy(Stages &stages, int value, Level level);

} // namespace cnx
