// What the ops' files share. One op a file; a file is registered by its line in ops.inc.
#pragma once

#include "compiler/kernels/Stages.h"
#include "compiler/kernels/ops/RowChunks.h"

#include <functional>

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
// The same for product `name` (linear0). Panels of bfloat16 are widened by a stage of their own,
// "linear0.panels" over (c, k), which a schedule may compute once for many rows.
using PanelReader = std::function<Halide::Expr(const Halide::Expr &c, const Halide::Expr &k)>;
PanelReader readPanels(Stages &stages, const std::string &name, int panels);
// `value` where index < extent, else zero: what stands in the padding of a packed result, whose
// index runs to a multiple of 16.
Halide::Expr zeroBeyond(const Halide::Expr &index, int64_t extent, const Halide::Expr &value);
// Stage name.acc: the depthwise convolution of a map, zero outside, with tap(v, u) for column v and
// row u of the kernel, whose first one is `padding` before the pixel.
Halide::Func convolveDepthwise(
    Stages &stages, const std::string &name, int input, int kernel, int padding,
    const std::function<Halide::Expr(const Halide::Expr &, const Halide::Expr &)> &tap);
// The input channel of row k of panels with `depth` rows, channels innermost.
Halide::Expr inputChannel(const Halide::Expr &k, int64_t depth, int64_t channels);
// Vector `result`, of input channels: the sum of term(n % 16, k, n / 16) over the outputs n and the
// taps of panels `weight`. Stages name.sum_lanes and name.sum.
void sumOverOutputs(Stages &stages, const std::string &name, int result, int weight,
                    int64_t channels,
                    const std::function<Halide::Expr(const std::vector<Halide::Expr> &at)> &term);
// Stage name.norm of (c, image): the 2-norm of each image's map, from name.squares; the input
// itself where it is [N,C].
Halide::Func mapNorms(Stages &stages, const std::string &name, int input, const Halide::Var &image);
// A stage of (c, n): the sum of term(element) over the rows of image n, in row order.
Halide::Func sumOverImage(Stages &stages, const std::string &role, int input,
                          const std::function<Halide::Expr(Halide::Expr)> &term);
// The same for a term that reads what it likes of its row.
Halide::Func sumOverImageRows(Stages &stages, const std::string &role, int input,
                              const std::function<Halide::Expr(const Row &)> &term);
// Terms of a float32 sum that keep it within 1e-6 of what double gives.
inline constexpr int kLongSum = 784;
// A stage of `formal`: the sum of term(row) over all rows of `value`, first in chunks of at most
// `longest` rows (stage role.chunk, where there are several), so that float32 sums stay short.
// Their length depends on the shape alone. In a group that looks at neighbours a chunk is a band of
// image rows, one of them at least. `where`, if given: rows that it denies are left out.
Halide::Func sumOverRows(Stages &stages, const std::string &role, int value,
                         const std::vector<Halide::Var> &formal, int longest,
                         const std::function<Halide::Expr(const Row &)> &term,
                         const std::function<Halide::Expr(const Row &)> &where = nullptr);
// The same for chunks that are known: term(domain, place in the chunk, chunk).
Halide::Func
sumChunks(Stages &stages, const std::string &role, const RowChunks &rows,
          const std::vector<Halide::Var> &formal,
          const std::function<Halide::Expr(Halide::RDom &, const Row &, const Row &)> &term);
// The column of a packed product at `inStrip` of `strip`; past the last of `depth` it repeats.
Halide::Expr columnOf(const Stages &stages, const Halide::Expr &strip, const Halide::Expr &inStrip,
                      int64_t depth);
// Result `result` as panels (n % 16, k, n / 16): the sum of dy[row, n] * column(k / strip, k %
// strip, row) over all rows of `dy`. Stage name.sum over chunks (sumOverRows) of packed copies, in
// which the rows of a register tile's operands follow each other: name.sum.panels is dy as (n % 16,
// row in the chunk, n / 16, chunk), name.sum.strips the columns as (k % strip, row in the chunk,
// k / strip, chunk), with the width of a strip that the schedule asked for.
void sumProducts(Stages &stages, const std::string &name, int result, int dy,
                 const std::function<Halide::Expr(
                     const Halide::Expr &strip, const Halide::Expr &inStrip, const Row &)> &column);

} // namespace cnx
