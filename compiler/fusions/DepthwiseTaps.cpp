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

// A row of pixels: the taps of one row of the kernel, in registers.
static void sumPixels(Stages &stages, Func part, Func consumer, int64_t width, Level level) {
  const int lanes = vectorLanes(level);
  const Var c = stages.c, v = stages.k;
  part.compute_at(consumer, stages.p).bound_extent(c, lanes).vectorize(c, lanes).unroll(v);
  RVar step("step"), pixel("pixel");
  std::vector<RVar> pixels = part.rvars(0);
  part.update()
      .split(pixels[0], step, pixel, stepOf(width, level), TailStrategy::GuardWithIf)
      .reorder(c, v, pixel, step, pixels[1])
      .vectorize(c, lanes)
      .unroll(v)
      .unroll(pixel);
}

// Sums each image apart, since the channels alone make too few tasks. Their number is the batch's.
static void sumImages(Stages &stages, Func sum, Func part, int64_t width, Level level) {
  const int lanes = vectorLanes(level);
  const Var c = stages.c, v = stages.k, u = stages.p;
  const std::vector<RVar> rows = sum.rvars(0);
  Var image("image"), block("block"), lane("lane"), task("task");
  Func images = sum.update().rfactor(rows[1], image);
  images.compute_root().vectorize(c, lanes);
  images.update()
      .split(c, block, lane, lanes, TailStrategy::GuardWithIf)
      .reorder(lane, v, u, rows[0], block, image)
      .vectorize(lane)
      .unroll(v)
      .fuse(block, image, task)
      .parallel(task);
  sum.update().reorder(c, v, u, rows[1]).vectorize(c, lanes);
  sumPixels(stages, part, images, width, level);
}

void scheduleDepthwiseTaps(Stages &stages, int value, const std::string &role, Level level) {
  const int lanes = vectorLanes(level);
  const Var c = stages.c, v = stages.k, u = stages.p;
  Func f = stages.stageOf(value), sum = stages[role], part = stages[role + ".chunk"];
  const std::vector<int64_t> &shape = stages.value(stages.graph().nodes.at(0).inputs.at(0)).shape;
  const bool imagesApart = shape[0] > 1 && stages.paddedWidth(value) < 8 * lanes;
  Var task("task"), lane("lane");
  Stage stage = Stages::computing(f);
  stage.split(c, task, lane, lanes, TailStrategy::GuardWithIf)
      .reorder(lane, v, u, task)
      .vectorize(lane);
  sum.compute_at(f, task).bound_extent(c, lanes).vectorize(c, lanes);
  if (imagesApart) {
    sumImages(stages, sum, part, shape[2], level);
    return;
  }
  stage.parallel(task);
  const std::vector<RVar> rows = sum.rvars(0);
  sum.update().reorder(c, v, u, rows[0], rows[1]).vectorize(c, lanes).unroll(v);
  sumPixels(stages, part, sum, shape[2], level);
}

} // namespace cnx
