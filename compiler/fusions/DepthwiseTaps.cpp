#include "compiler/fusions/DepthwiseTaps.h"

namespace cnx {

using namespace Halide;

// Pixels that one step takes, a divisor of the width where there is one. Their neighbours are
// loaded once a step, and wait in registers beside seven accumulators: two pixels fill sixteen
// registers.
static int stepOf(int64_t width, Level level) {
  if (width <= 7)
    return static_cast<int>(width);
  const int most = level == Level::v3 ? 2 : 8;
  for (int s = most; s > 1; --s)
    if (width % s == 0)
      return s;
  return level == Level::v3 ? 1 : 7;
}

void scheduleDepthwiseTaps(Stages &stages, int value, const std::string &role, Level level) {
  const int lanes = vectorLanes(level);
  const Var c = stages.c, v = stages.k, u = stages.p;
  Func f = stages.stageOf(value), sum = stages[role], part = stages[role + ".chunk"];
  const Node &node = stages.graph().nodes.at(0);
  const int64_t width = stages.value(node.inputs.at(0)).shape[2];
  Var task("task"), lane("lane");
  Stages::computing(f)
      .split(c, task, lane, lanes, TailStrategy::GuardWithIf)
      .reorder(lane, v, u, task)
      .vectorize(lane)
      .parallel(task);
  sum.compute_at(f, task).bound_extent(c, lanes).vectorize(c, lanes);
  std::vector<RVar> rows = sum.rvars(0);
  sum.update().reorder(c, v, u, rows[0], rows[1]).vectorize(c, lanes).unroll(v);
  part.compute_at(sum, u).vectorize(c, lanes).unroll(v);
  RVar step("step"), pixel("pixel");
  std::vector<RVar> pixels = part.rvars(0);
  part.update()
      .split(pixels[0], step, pixel, stepOf(width, level), TailStrategy::GuardWithIf)
      .reorder(c, v, pixel, step, pixels[1])
      .vectorize(c, lanes)
      .unroll(v)
      .unroll(pixel);
}

} // namespace cnx
