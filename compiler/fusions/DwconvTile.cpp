#include "compiler/fusions/DwconvTile.h"

namespace cnx {

using namespace Halide;

int longestSegment(Level level) { return level == Level::v3 ? 8 : 14; }

int dwconvSegment(int64_t width, Level level) {
  for (int s = longestSegment(level); s >= 4; --s)
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

void tileDwconv(Stages &stages, const std::string &name, Var row, int segment, Level level) {
  tileDwconv(stages, name + ".acc", stages[name], row, segment, level);
}

void tileDwconv(Stages &stages, const std::string &role, Func f, Var row, int segment,
                Level level) {
  const int lanes = vectorLanes(level);
  Func acc = stages[role];
  Stage stage = Stages::computing(f);
  Var block("block"), segmentLoop("segment"), inSegment("in_segment"), lane("lane");
  stage.split(stages.c, block, lane, lanes, TailStrategy::GuardWithIf)
      .split(stages.x, segmentLoop, inSegment, segment, TailStrategy::GuardWithIf)
      .reorder(lane, inSegment, segmentLoop, row, block)
      .vectorize(lane)
      .unroll(inSegment);
  acc.compute_at(f, segmentLoop)
      .bound_extent(stages.x, segment)
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
