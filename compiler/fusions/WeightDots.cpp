#include "compiler/fusions/WeightDots.h"

#include "compiler/fusions/RowLoops.h"

namespace cnx {

using namespace Halide;

bool isWeightDot(const std::string &op) {
  return op == "dot_outputs" || op == "dot_inputs" || op == "apply_transposed";
}

static const int kWidth = static_cast<int>(kChannelPad);

// The sums of a panel side by side, in registers.
static void sumOverInputs(Func parts, Func f, const Var &task, int lanes) {
  const std::vector<Var> args = parts.args(); // lane, part, panel
  parts.compute_at(f, task)
      .bound_extent(args[0], kWidth)
      .bound_extent(args[2], 1)
      .vectorize(args[0], lanes)
      .unroll(args[0])
      .unroll(args[1]);
  parts.update()
      .reorder(args[0], args[1], parts.rvars(0)[0], args[2])
      .vectorize(args[0], lanes)
      .unroll(args[0])
      .unroll(args[1]);
}

void scheduleWeightDots(Stages &s, const std::string &op, int value, Level level) {
  const int lanes = vectorLanes(level);
  const int64_t width = s.paddedWidth(value);
  const bool outputs = op == "dot_outputs";
  // The channels of a panel that a task reads are one piece of memory, of some lines.
  const int block = outputs || width % 32 ? kWidth : width % 64 ? 32 : 64;
  Func f = s.stageOf(value);
  Var task("task"), inTask("in_task");
  Stages::computing(f)
      .split(s.c, task, inTask, block, TailStrategy::GuardWithIf)
      .vectorize(inTask, lanes)
      .parallel(task);
  if (outputs) {
    sumOverInputs(s[op + "0.parts"], f, task, lanes);
    return;
  }
  Func sum = s[op + "0.sum"], partial = s[op + "0.sum_lanes"];
  sum.compute_at(f, task).bound_extent(sum.args()[0], block);
  partial.compute_at(f, task).bound_extent(partial.args()[1], block);
  vectorizeSum(s, op + "0.sum", level);
  partial.update().reorder(partial.args()[0], partial.args()[1], partial.rvars(0)[0]);
}

} // namespace cnx
