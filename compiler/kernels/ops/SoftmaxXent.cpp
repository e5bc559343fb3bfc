// softmax_xent: loss = sum_n w*-sum_k q*log softmax(z), dlogits = w*(softmax(z)*sum_k q - q); the
// largest logit is taken off first. exp and log are Halide's polynomials, so no libm is called. A
// sample of weight 0 is left out, whatever its logits.
#include "compiler/kernels/ops/Ops.h"

namespace cnx {

using namespace Halide;

void buildSoftmaxXent(Stages &s, const Node &node, const std::string &name) {
  int logits = node.inputs[0], targets = node.inputs[1], weight = node.inputs[2];
  int64_t classes = s.value(logits).shape.back();
  std::vector<Var> rows = s.rowVars(logits);
  Row at(rows.begin(), rows.end());
  RDom k(0, static_cast<int>(classes), "k");
  Func largest = s.inner(name + ".largest");
  largest(rows) = Float(32).min();
  largest(rows) = max(largest(rows), s.read(logits, k, at));
  auto shifted = [&](const Expr &c, const Row &row) {
    return s.read(logits, c, row) - largest(row);
  };
  Func sum = s.sumChannels(name + ".sum", classes, rows, [&](Expr channel) {
    return Internal::halide_exp(shifted(channel, at));
  });
  Func mass = s.sumChannels(name + ".mass", classes, rows,
                            [&](Expr channel) { return s.read(targets, channel, at); });
  Func logSum = s.inner(name + ".log_sum");
  logSum(rows) = Internal::halide_log(sum(at));
  Func entropy = s.sumChannels(name + ".entropy", classes, rows, [&](Expr channel) {
    return s.read(targets, channel, at) * (logSum(at) - shifted(channel, at));
  });
  if (node.outputs[0] >= 0) {
    Func loss = sumOverRows(s, name + ".loss", logits, {}, kLongSum, [&](const Row &row) {
      Expr w = s.at(weight, row);
      return select(w == 0.f, 0.f, w * entropy(row));
    });
    s.define(name, node.outputs[0], [&](Expr, const Row &) { return loss(); });
  }
  if (node.outputs.size() > 1 && node.outputs[1] >= 0)
    s.define(name + ".dlogits", node.outputs[1], [&](Expr c, const Row &row) {
      Expr w = s.at(weight, row);
      // No logit is larger than the largest, but what stands in a pad lane may be.
      Expr softmax = Internal::halide_exp(min(shifted(c, row), 0.f)) / sum(row);
      return select(w == 0.f, 0.f, w * (softmax * mass(row) - s.read(targets, c, row)));
    });
}

} // namespace cnx
