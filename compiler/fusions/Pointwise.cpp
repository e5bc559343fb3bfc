// pointwise: ops that follow each other element by element.
//
//   da ─► image_scale ─────────────────┐
//   a ──► image_scale ─► add ◄─────────┘ ─► gelu_grad ─► dh        (GRN, backward)
//   dy ─► drop_path ─► scale ─► dz                                 (a branch, backward)
//   dW ─► unfold_affine | scale_outputs ─► add ─► sum              (a gradient, packed)
//
// One pass over memory instead of one an op. What a product can take on its way in or out is taken
// there: this fusion comes after those.
#include "compiler/fusions/Chain.h"
#include "compiler/fusions/Fusion.h"
#include "compiler/fusions/ProductKernel.h"
#include "compiler/fusions/RowLoops.h"
#include "compiler/fusions/RowTile.h"

#include <set>

namespace cnx {

using namespace Halide;

static bool isPointwise(const KernelGraph &function, int node) {
  static const std::set<std::string> ops = {
      "add",       "affine",      "channel_bias", "drop_path",     "gelu",
      "gelu_grad", "image_scale", "scale",        "scale_outputs", "unfold_affine"};
  return ops.count(function.nodes[static_cast<size_t>(node)].op) != 0;
}

// The pointwise op that alone reads `value`, or -1.
static int onlyReader(const KernelGraph &function, int value) {
  const std::vector<int> readers = function.users(value);
  const bool leaves = function.values[static_cast<size_t>(value)].role == Role::output;
  return readers.size() == 1 && !leaves && isPointwise(function, readers[0]) ? readers[0] : -1;
}

// Adds `node` and what is made after `anchor` for it alone.
static void gather(const KernelGraph &function, int node, int anchor, std::set<int> &group) {
  if (!group.insert(node).second)
    return;
  for (int operand : function.nodes[static_cast<size_t>(node)].inputs) {
    const int producer = operand < 0 ? -1 : function.producer(operand);
    if (producer > anchor && isPointwise(function, producer) &&
        onlyReader(function, operand) == node)
      gather(function, producer, anchor, group);
  }
}

static std::optional<std::vector<int>> match(const KernelGraph &function, int anchor,
                                             std::string *) {
  if (!isPointwise(function, anchor))
    return std::nullopt;
  std::set<int> group = {anchor};
  for (int last = anchor;;) {
    const int next = onlyReader(function, function.nodes[static_cast<size_t>(last)].outputs.at(0));
    if (next < 0)
      break;
    gather(function, next, anchor, group);
    last = next;
  }
  if (group.size() == 1)
    return std::nullopt;
  return std::vector<int>(group.begin(), group.end());
}

static void schedule(Stages &stages, const KernelGraph &graph, Level level) {
  const int out = lastValue(graph);
  Func f = stages.stageOf(out);
  Stage stage = Stages::computing(f);
  computeApart(stages, out, level);
  parallelRows(stages, stage, out, chooseRowTile(stages.rowExtent(out), 1, 128));
  stage.vectorize(stages.c, vectorLanes(level),
                  stages.isCopied(out) ? TailStrategy::RoundUp : TailStrategy::GuardWithIf);
}

extern const Fusion kPointwise;
const Fusion kPointwise = {"pointwise", "ops that follow each other element by element", match,
                           schedule};

} // namespace cnx
