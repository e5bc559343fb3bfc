// linear: x*W^T + b against panels [P, K, 16], zero-padded in the outputs.
#include "compiler/Error.h"
#include "compiler/kernels/ops/Ops.h"

namespace cnx {

using namespace Halide;

void requirePanels(const Stages &s, int value, int64_t k) {
  const Value &v = s.value(value);
  if (v.shape.size() != 3 || v.shape[1] != k || v.shape[2] != kChannelPad ||
      v.pitch != kChannelPad) {
    std::string found;
    for (int64_t extent : v.shape)
      found += (found.empty() ? "" : " x ") + std::to_string(extent);
    throw UserError("kernel graph: " + v.name + ": shape: found " + found +
                    ", expected panels of P x " + std::to_string(k) + " x 16");
  }
}

Expr panelElement(Stages &s, int panels, const Expr &c, const Expr &k) {
  int width = static_cast<int>(kChannelPad);
  return s.at(panels, {c % width, k, c / width});
}

PanelReader readPanels(Stages &s, const std::string &name, int panels) {
  if (s.value(panels).type != ElementType::bf16)
    return [&s, panels](const Expr &c, const Expr &k) { return panelElement(s, panels, c, k); };
  Func wide = s.inner(name + ".panels");
  wide(s.c, s.k) = panelElement(s, panels, s.c, s.k);
  return [wide](const Expr &c, const Expr &k) { return Expr(wide(c, k)); };
}

void buildLinear(Stages &s, const Node &node, const std::string &name) {
  int input = node.inputs[0], panels = node.inputs[1], bias = optionalOperand(node, 2);
  int64_t depth = s.value(input).shape.back();
  requirePanels(s, panels, depth);
  RDom k(0, static_cast<int>(depth), "k");
  std::vector<Var> formal = s.rowVars(node.outputs[0]);
  Row rows(formal.begin(), formal.end());
  formal.insert(formal.begin(), s.c);
  Func acc = s.inner(name + ".acc");
  s.notePanels(name + ".acc", panels, 1);
  const PanelReader weight = readPanels(s, name, panels);
  acc(formal) = 0.f;
  acc(formal) += s.readRepeatingRows(input, k, rows) * weight(s.c, k);
  s.define(name, node.outputs[0], [&](Expr c, const Row &row) {
    Expr value = acc(Stages::withChannel(c, row));
    return bias < 0 ? value : value + s.vector(bias, c);
  });
}

} // namespace cnx
