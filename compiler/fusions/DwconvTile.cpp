#include "compiler/fusions/DwconvTile.h"

namespace cnx {

using namespace Halide;

// Pixels of a segment: the longest that leaves registers for the taps of a row, a divisor of the
// width if there is one of at least four (a segment that straddles the end costs a second copy of
// the loop).
static int segmentOf(int64_t width, Level level) {
  const int most = level == Level::v3 ? 8 : 14;
  for (int s = most; s >= 4; --s)
    if (width % s == 0)
      return s;
  return static_cast<int>(std::min<int64_t>(width, level == Level::v3 ? 7 : 8));
}

int dwconvBand(const std::vector<int64_t> &shape) {
  const int64_t rowBytes = shape[2] * padChannels(shape[3]) * 4;
  int best = 1;
  for (int rows = 1; rows <= shape[1] && rows * rowBytes <= 192 * 1024; ++rows) {
    const int64_t bands = (shape[1] + rows - 1) / rows;
    if (bands * shape[0] >= 4 && bands * rows * 100 <= shape[1] * 107)
      best = rows;
  }
  return best;
}

void tileDwconv(Stages &stages, const std::string &name, Var row, int64_t width, Level level) {
  tileDwconv(stages, name + ".acc", stages[name], row, width, level);
}

void tileDwconv(Stages &stages, const std::string &role, Func f, Var row, int64_t width,
                Level level) {
  const int lanes = vectorLanes(level);
  Func acc = stages[role];
  Stage stage = Stages::computing(f);
  const int pixels = segmentOf(width, level);
  Var block("block"), segment("segment"), inSegment("in_segment"), lane("lane");
  stage.split(stages.c, block, lane, lanes, TailStrategy::GuardWithIf)
      .split(stages.x, segment, inSegment, pixels, TailStrategy::GuardWithIf)
      .reorder(lane, inSegment, segment, row, block)
      .vectorize(lane)
      .unroll(inSegment);
  acc.compute_at(f, segment)
      .bound_extent(stages.x, pixels)
      .vectorize(stages.c, lanes)
      .unroll(stages.x);
  std::vector<RVar> k = acc.rvars(0);
  acc.update()
      .reorder(stages.c, stages.x, k[0], k[1])
      .vectorize(stages.c, lanes)
      .unroll(stages.x)
      .unroll(k[0]);
}

} // namespace cnx
