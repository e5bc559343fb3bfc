// What the ops' files share. One op a file; a file is registered by its line in ops.inc.
#pragma once

#include "compiler/kernels/Stages.h"

namespace cnx {

#define CNX_OP(mnemonic, build)                                                                    \
  void build(Stages &stages, const Node &node, const std::string &name);
#include "compiler/kernels/ops/ops.inc"
#undef CNX_OP

// -1 where the operand is absent.
inline int optionalOperand(const Node &node, size_t index) {
  return node.inputs.size() > index ? node.inputs[index] : -1;
}
// Throws unless the weight is panels [P, k, 16].
void requirePanels(const Stages &stages, int value, int64_t k);
// Output channel c's weight of input k; c may run to the padded width.
Halide::Expr panelElement(Stages &stages, int panels, const Halide::Expr &c, const Halide::Expr &k);
// A stage of (c, n): the sum of term(element) over the rows of image n, in row order.
Halide::Func sumOverImage(Stages &stages, const std::string &role, int input,
                          const std::function<Halide::Expr(Halide::Expr)> &term);
// The same for a term that reads what it likes of its row.
Halide::Func sumOverImageRows(Stages &stages, const std::string &role, int input,
                              const std::function<Halide::Expr(const Row &)> &term);
// A stage of `formal`: the sum of term(row) over all rows of `value`, first in chunks whose number
// and length depend on the shape alone (stage role.chunk), so that float32 sums stay short.
Halide::Func sumOverRows(Stages &stages, const std::string &role, int value,
                         const std::vector<Halide::Var> &formal,
                         const std::function<Halide::Expr(const Row &)> &term);

} // namespace cnx
