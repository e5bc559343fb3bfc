#include "compiler/fusions/SumOverImage.h"

namespace cnx {

using namespace Halide;

void scheduleSumOverImage(Stages &stages, const std::string &role, Func consumer, int value,
                          Level level) {
  const int lanes = vectorLanes(level);
  const Var c = stages.c;
  Var block("block");
  Func sum = stages[role];
  const int64_t width = stages.paddedWidth(value);
  const int step = width % (4 * lanes) ? static_cast<int>(kChannelPad) : 4 * lanes;
  consumer.align_bounds(c, step);
  Stages::computing(consumer)
      .split(c, block, c, step, TailStrategy::GuardWithIf)
      .vectorize(c, lanes)
      .parallel(block);
  sum.compute_at(consumer, block).vectorize(c, lanes).unroll(c);
  std::vector<VarOrRVar> order = {c};
  for (const RVar &k : sum.rvars(0))
    order.push_back(k);
  sum.update().reorder(order).vectorize(c, lanes).unroll(c);
}

} // namespace cnx
