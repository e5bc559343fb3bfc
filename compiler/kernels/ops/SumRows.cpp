// sum_rows, sum_rows_product: sums over all rows, a chunk of rows at a time.
#include "compiler/kernels/ops/Ops.h"

namespace cnx {

using namespace Halide;

Func sumOverRows(Stages &s, const std::string &role, int value, const std::vector<Var> &formal,
                 int longest, const std::function<Expr(const Row &)> &term,
                 const std::function<Expr(const Row &)> &where) {
  const RowChunks rows(s, value, longest);
  return sumChunks(s, role, rows, formal, [&](RDom &inside, const Row &k, const Row &chunk) {
    const Row at = rows.row(k, chunk);
    if (where)
      inside.where(where(at));
    return term(at);
  });
}

Func sumChunks(Stages &s, const std::string &role, const RowChunks &rows,
               const std::vector<Var> &formal,
               const std::function<Expr(RDom &, const Row &, const Row &)> &term) {
  const bool chunked = !rows.chunks().empty();
  std::vector<Var> chunk;
  for (size_t i = 0; i < rows.chunks().size(); ++i)
    chunk.emplace_back(i == 0 ? "chunk" : "image");
  RDom inside(rows.inside(), "k");
  Row k;
  for (int i = 0; i < inside.dimensions(); ++i)
    k.emplace_back(inside[i]);
  const Row of(chunk.begin(), chunk.end());
  if (Expr isRow = rows.isRow(k, of); isRow.defined())
    inside.where(isRow);
  const Expr addend = term(inside, k, of);
  Func part = s.inner(chunked ? role + ".chunk" : role);
  std::vector<Var> partFormal = formal;
  partFormal.insert(partFormal.end(), chunk.begin(), chunk.end());
  part(partFormal) = 0.f;
  part(partFormal) += addend;
  if (!chunked)
    return part;
  RDom all(rows.chunks(), "all");
  std::vector<Expr> chunks(formal.begin(), formal.end());
  for (int i = 0; i < all.dimensions(); ++i)
    chunks.emplace_back(all[i]);
  Func sum = s.inner(role);
  sum(formal) = 0.f;
  sum(formal) += part(chunks);
  return sum;
}

void buildSumRows(Stages &s, const Node &node, const std::string &name) {
  int input = node.inputs[0];
  Func sum = sumOverRows(s, name + ".sum", input, {s.c}, kLongSum,
                         [&](const Row &row) { return s.read(input, s.c, row); });
  s.define(name, node.outputs[0],
           [&](Expr c, const Row &) { return zeroBeyond(c, s.value(input).shape.back(), sum(c)); });
}

void buildSumRowsProduct(Stages &s, const Node &node, const std::string &name) {
  int a = node.inputs[0], b = node.inputs[1];
  Func sum = sumOverRows(s, name + ".sum", a, {s.c}, kLongSum,
                         [&](const Row &row) { return s.read(a, s.c, row) * s.read(b, s.c, row); });
  s.define(name, node.outputs[0],
           [&](Expr c, const Row &) { return zeroBeyond(c, s.value(a).shape.back(), sum(c)); });
}

} // namespace cnx
