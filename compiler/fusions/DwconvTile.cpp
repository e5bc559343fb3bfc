#include "compiler/fusions/DwconvTile.h"

#include "compiler/fusions/RowTile.h"

namespace cnx {

using namespace Halide;

int longestSegment(Level level) { return level == Level::v3 ? 8 : 14; }

int dwconvSegment(int64_t width, Level level) {
  for (int s = longestSegment(level); s >= 4; --s)
    if (width % s == 0)
      return s;
  return static_cast<int>(std::min<int64_t>(width, level == Level::v3 ? 7 : 8));
}

double shareOfBands(const std::vector<int64_t> &shape, int rows) {
  const int64_t bands = (shape[1] + rows - 1) / rows;
  return static_cast<double>(shape[1]) / static_cast<double>(bands * rows) *
         shareOfThreads(shape[0] * bands, 1);
}

int dwconvBand(const std::vector<int64_t> &shape) {
  const int64_t rowBytes = shape[2] * padChannels(shape[3]) * 4;
  int best = 1;
  double bestScore = -1;
  for (int rows = 1; rows <= shape[1] && rows * rowBytes <= 192 * 1024; ++rows) {
    const int64_t bands = (shape[1] + rows - 1) / rows;
    if (bands * shape[0] < 4 || bands * rows * 100 > shape[1] * 107)
      continue;
    // Rows of a band share their input. 14x14x384: one row a band is 7 % slower than two on one
    // thread, as fast on two; 56x56x96: seven and eight are alike on one, on two seven are 14 %
    // faster (eight bands instead of seven).
    const double score = shareOfBands(shape, rows) - 0.1 / rows;
    if (score >= bestScore) {
      best = rows;
      bestScore = score;
    }
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
