// sum_rows, sum_rows_product: sums over all rows, a chunk of rows at a time.
#include "compiler/kernels/ops/Ops.h"

#include <algorithm>

namespace cnx {

using namespace Halide;

// The longest divisor of `total` up to `longest`, or `longest` where that is much shorter.
static int chunkOf(int total, int longest) {
  if (total <= longest)
    return total;
  for (int length = longest; 4 * length >= longest && length > 0; --length)
    if (total % length == 0)
      return length;
  return longest;
}

Func sumOverRows(Stages &s, const std::string &role, int value, const std::vector<Var> &formal,
                 int longest, const std::function<Expr(const Row &)> &term,
                 const std::function<Expr(const Row &)> &where) {
  const std::vector<int64_t> &shape = s.value(value).shape;
  std::vector<Var> chunkVars;
  std::vector<Expr> chunks; // over all of them
  RDom k;
  Expr addend;
  if (s.spatial() && shape.size() == 4) { // a chunk is a band of image rows
    const int height = static_cast<int>(shape[1]), width = static_cast<int>(shape[2]);
    const int rows = chunkOf(height, std::max(1, longest / width));
    const int bands = (height + rows - 1) / rows, images = static_cast<int>(shape[0]);
    Var band("band"), image("image");
    k = RDom(0, width, 0, rows, "k");
    Expr row = rows == 1 ? Expr(band) : band * rows + k.y;
    if (height % rows)
      k.where(row < height);
    const Row at = {k.x, min(row, height - 1), image};
    if (where)
      k.where(where(at));
    addend = term(at);
    RDom all(0, bands, 0, images, "all");
    chunkVars = {band, image};
    chunks = {all.x, all.y};
  } else {
    int64_t rows = 1;
    for (size_t i = 0; i + 1 < shape.size(); ++i)
      rows *= shape[i];
    const int total = static_cast<int>(rows), length = chunkOf(total, longest);
    k = RDom(0, length, "k");
    if (length == total) {
      if (where)
        k.where(where({k}));
      addend = term({k});
    } else {
      Var index("chunk");
      Expr row = index * length + k;
      if (total % length)
        k.where(row < total);
      const Row at = {min(row, total - 1)};
      if (where)
        k.where(where(at));
      addend = term(at);
      RDom all(0, (total + length - 1) / length, "all");
      chunkVars = {index};
      chunks = {all};
    }
  }
  std::vector<Expr> at(formal.begin(), formal.end());
  Func part = s.inner(chunkVars.empty() ? role : role + ".chunk");
  chunkVars.insert(chunkVars.begin(), formal.begin(), formal.end());
  part(chunkVars) = 0.f;
  part(chunkVars) += addend;
  if (chunks.empty())
    return part;
  chunks.insert(chunks.begin(), at.begin(), at.end());
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
