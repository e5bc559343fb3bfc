// The products whose reduction runs over the rows of two activations.
#include "compiler/kernels/ops/Ops.h"

namespace cnx {

using namespace Halide;

RowChunks productChunks(const Stages &s, int value) {
  const std::vector<int64_t> &shape = s.value(value).shape;
  int64_t rows = 1;
  for (size_t i = 0; i + 1 < shape.size(); ++i)
    rows *= shape[i];
  return RowChunks(s, value, rows <= 400 ? 400 : kProductChunk);
}

Expr columnOf(const Stages &s, const Expr &strip, const Expr &inStrip, int64_t depth) {
  Expr column = strip * s.stripWidth() + inStrip;
  if (depth % s.stripWidth() == 0)
    return column;
  return min(likely(column), static_cast<int>(depth) - 1);
}

// The indices of a packed stage.
template <class Index>
static std::vector<Index> packedAt(const Index &first, const std::vector<Index> &inside,
                                   const Index &last, const std::vector<Index> &chunk) {
  std::vector<Index> result = {first};
  result.insert(result.end(), inside.begin(), inside.end());
  result.push_back(last);
  result.insert(result.end(), chunk.begin(), chunk.end());
  return result;
}

void sumProducts(Stages &s, const std::string &name, int result, int dy,
                 const std::function<Expr(const Expr &, const Expr &, const Row &)> &column) {
  const int width = static_cast<int>(kChannelPad), strip = s.stripWidth();
  const RowChunks rows = productChunks(s, dy);
  Var lane("lane"), panel("panel"), inStrip("in_strip"), ofStrip("strip");
  std::vector<Var> inside, chunk;
  for (size_t i = 0; i < rows.inside().size(); ++i)
    inside.emplace_back(i == 0 ? "row" : "band_row");
  for (size_t i = 0; i < rows.chunks().size(); ++i)
    chunk.emplace_back(i == 0 ? "chunk" : "image");
  const Row at = rows.row({inside.begin(), inside.end()}, {chunk.begin(), chunk.end()});
  Func panels = s.inner(name + ".sum.panels"), strips = s.inner(name + ".sum.strips");
  panels(packedAt(lane, inside, panel, chunk)) = s.read(dy, panel * width + lane, at);
  strips(packedAt(inStrip, inside, ofStrip, chunk)) = column(ofStrip, inStrip, at);
  Func sum =
      sumChunks(s, name + ".sum", rows, {s.c, s.k, s.p}, [&](RDom &, const Row &in, const Row &of) {
        return panels(packedAt<Expr>(s.c, in, s.p, of)) *
               strips(packedAt<Expr>(s.k % strip, in, s.k / strip, of));
      });
  s.define(name, result, [&](Expr c, const Row &k) {
    return zeroBeyond(k[1] * width + c, s.value(dy).shape.back(), sum(Stages::withChannel(c, k)));
  });
}

} // namespace cnx
