// sum_rows, sum_rows_product: sums over all rows, a chunk of rows at a time.
#include "compiler/kernels/ops/Ops.h"

namespace cnx {

using namespace Halide;

Func sumOverRows(Stages &s, const std::string &role, int value, const std::vector<Var> &formal,
                 const std::function<Expr(const Row &)> &term) {
  const std::vector<int64_t> &shape = s.value(value).shape;
  std::vector<Expr> at(formal.begin(), formal.end());
  std::vector<Var> chunkOf = formal;
  std::vector<Expr> chunk = at;
  Func part = s.inner(role + ".chunk");
  Func sum = s.inner(role);
  Expr addend;
  if (s.spatial() && shape.size() == 4) { // a chunk is a row of pixels
    Var pixelRow("pixel_row"), image("image");
    RDom k(0, static_cast<int>(shape[2]), "k");
    RDom all(0, static_cast<int>(shape[1]), 0, static_cast<int>(shape[0]), "all");
    chunkOf.insert(chunkOf.end(), {pixelRow, image});
    chunk.insert(chunk.end(), {all.x, all.y});
    addend = term({k, pixelRow, image});
  } else {
    constexpr int kChunk = 256; // float32 sums of at most so many terms
    Var index("chunk");
    int64_t rows = 1;
    for (size_t i = 0; i + 1 < shape.size(); ++i)
      rows *= shape[i];
    const int total = static_cast<int>(rows), length = std::min(total, kChunk);
    RDom k(0, length, "k"), all(0, (total + length - 1) / length, "all");
    Expr row = index * length + k;
    if (total % length)
      k.where(row < total);
    chunkOf.push_back(index);
    chunk.push_back(all);
    addend = term({min(row, total - 1)});
  }
  part(chunkOf) = 0.f;
  part(chunkOf) += addend;
  sum(formal) = 0.f;
  sum(formal) += part(chunk);
  return sum;
}

void buildSumRows(Stages &s, const Node &node, const std::string &name) {
  int input = node.inputs[0];
  Func sum = sumOverRows(s, name + ".sum", input, {s.c},
                         [&](const Row &row) { return s.read(input, s.c, row); });
  s.define(name, node.outputs[0], [&](Expr c, const Row &) { return sum(c); });
}

void buildSumRowsProduct(Stages &s, const Node &node, const std::string &name) {
  int a = node.inputs[0], b = node.inputs[1];
  Func sum = sumOverRows(s, name + ".sum", a, {s.c},
                         [&](const Row &row) { return s.read(a, s.c, row) * s.read(b, s.c, row); });
  s.define(name, node.outputs[0], [&](Expr c, const Row &) { return sum(c); });
}

} // namespace cnx
