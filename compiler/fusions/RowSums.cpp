#include "compiler/fusions/RowSums.h"

#include "compiler/fusions/RowLoops.h"

namespace cnx {

using namespace Halide;

// Channels of a block: at most eight vectors.
static int blockOf(int64_t width, int lanes) {
  const int64_t vectors = width / lanes;
  for (int n = 8; n > 1; --n)
    if (vectors % n == 0)
      return n * lanes;
  return lanes;
}

static void sumBlock(Stages &s, Func acc, int lanes) {
  acc.vectorize(s.c, lanes).unroll(s.c);
  std::vector<VarOrRVar> order = {s.c};
  for (const RVar &row : acc.rvars(0))
    order.push_back(row);
  acc.update().reorder(order).vectorize(s.c, lanes).unroll(s.c);
}

void scheduleRowSums(Stages &stages, int value, const std::string &role, Level level) {
  const int lanes = vectorLanes(level), block = blockOf(stages.paddedWidth(value), lanes);
  Func f = stages.stageOf(value);
  f.align_bounds(stages.c, block);
  computeApart(stages, value, level);
  Stage stage = Stages::computing(f);
  Var task("task"), inBlock("in_block");
  stage.split(stages.c, task, inBlock, block, TailStrategy::GuardWithIf).vectorize(inBlock, lanes);
  Func sum = stages[role];
  if (!stages.has(role + ".chunk")) {
    stage.parallel(task);
    sum.compute_at(f, task);
    sumBlock(stages, sum, lanes);
    return;
  }
  sum.compute_at(f, task).vectorize(stages.c, lanes);
  std::vector<VarOrRVar> order = {stages.c};
  for (const RVar &chunk : sum.rvars(0))
    order.push_back(chunk);
  sum.update().reorder(order).vectorize(stages.c, lanes);
  Func part = stages[role + ".chunk"];
  Func parts = part.in(sum); // what waits for the other chunks; the sum itself stays in registers
  Var blocks("blocks");
  parts.compute_root().align_bounds(stages.c, block);
  std::vector<Var> rest = part.args();
  rest.erase(rest.begin());
  parts.split(stages.c, blocks, inBlock, block, TailStrategy::GuardWithIf);
  std::vector<VarOrRVar> loops = {inBlock, blocks};
  loops.insert(loops.end(), rest.begin(), rest.end());
  parts.reorder(loops).vectorize(inBlock, lanes);
  Var all = blocks;
  for (const Var &var : rest) {
    Var fused("task_" + var.name());
    parts.fuse(all, var, fused);
    all = fused;
  }
  parts.parallel(all);
  part.compute_at(parts, all).bound_extent(stages.c, block);
  sumBlock(stages, part, lanes);
}

} // namespace cnx
