#include "compiler/fusions/SingleGradient.h"

#include "compiler/fusions/RowLoops.h"

namespace cnx {

using namespace Halide;

namespace {

// Sums over channels, for all rows.
void sumsOfRows(Stages &s, std::initializer_list<std::string> roles, Level level) {
  for (const std::string &role : roles) {
    if (!s.has(role))
      continue;
    Func sum = s[role];
    sum.compute_root();
    s[role + "_lanes"].compute_at(sum, sum.args()[0]);
    vectorizeSum(s, role, level);
  }
}

void secondResult(Stages &s, const Node &node, Level level) {
  if (node.outputs[0] < 0 || node.outputs.size() < 2 || node.outputs[1] < 0)
    return;
  const int value = node.outputs[1];
  Func f = s.stageOf(value);
  if (s.isCopied(value)) {
    f.compute_root();
    scheduleCopy(s, value, level);
  }
  Stages::computing(f).vectorize(s.c, vectorLanes(level),
                                 s.isCopied(value) ? TailStrategy::RoundUp
                                                   : TailStrategy::GuardWithIf);
}

} // namespace

void scheduleInnerSums(Stages &s, const Node &node, Level level) {
  const std::string name = node.op + "0";
  if (node.op == "layer_norm_grad") {
    sumsOfRows(s, {name + ".mean", name + ".projection"}, level);
  } else if (node.op == "softmax_xent") {
    s[name + ".largest"].compute_root();
    sumsOfRows(s, {name + ".sum", name + ".mass", name + ".entropy"}, level);
    s[name + ".log_sum"].compute_root();
    secondResult(s, node, level);
  } else if (node.op == "grn_factor_grad") {
    for (const char *part : {".squares", ".norm"})
      s[name + part].compute_root().vectorize(s.c, vectorLanes(level));
    s[name + ".squares"].update().vectorize(s.c, vectorLanes(level));
    sumsOfRows(s, {name + ".mean", name + ".projection"}, level);
    secondResult(s, node, level);
  }
}

} // namespace cnx
