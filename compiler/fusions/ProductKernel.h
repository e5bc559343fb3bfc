// A kernel whose output is one matrix product with something on its registers.
#pragma once

#include "compiler/kernels/Stages.h"

namespace cnx {

// Where a stage that feeds the product may be computed: once a task.
struct ProductLoops {
  Halide::LoopLevel task;
  int64_t taskRows; // rows of the product that a task needs, all of them where tasks are panels
};

// Schedules output `value` of a row-wise group around linear number `index`. Many rows: tasks of
// rows, panels inside. Few rows: tasks of panels, so that each weight is read once, by one thread.
// `asked` (ProductTiles) says otherwise where a field is not 0. `beside`, where given, is the
// product's own value, which leaves the group too: it is written from the same registers.
ProductLoops scheduleProduct(Stages &stages, int value, int index, Level level,
                             const Tiles &asked = {}, int beside = -1);

// Whether tasks are panels, for a weight of panels [P, K, 16].
bool hasFewRows(int64_t rows, const Value &panels);
bool hasFewRows(int64_t rows, int64_t weightBytes);
// The op's node number `index` of its kind in a group.
const Node &nodeOf(const KernelGraph &graph, const std::string &op, int index);
// The value that leaves the group last: what its last node makes.
int lastValue(const KernelGraph &graph);
// What else leaves the group of the node's results. The group goes on with these values, and a
// pipeline's output cannot be computed inside another's loop: their stages stay private, and a copy
// (Stages::exportCopy) is written in the same loops.
std::vector<int> exportsOf(const KernelGraph &graph, const Node &node);

} // namespace cnx
