#include "compiler/kernels/ops/RowChunks.h"

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

RowChunks::RowChunks(const Stages &stages, int value, int longest) {
  const std::vector<int64_t> &shape = stages.value(value).shape;
  bands_ = stages.spatial() && shape.size() == 4;
  if (bands_) {
    const int width = static_cast<int>(shape[2]), images = static_cast<int>(shape[0]);
    total_ = static_cast<int>(shape[1]);
    length_ = chunkOf(total_, std::max(1, longest / width));
    inside_ = {{0, width}, {0, length_}};
    chunks_ = {{0, (total_ + length_ - 1) / length_}, {0, images}};
    return;
  }
  int64_t rows = 1;
  for (size_t i = 0; i + 1 < shape.size(); ++i)
    rows *= shape[i];
  total_ = static_cast<int>(rows);
  length_ = chunkOf(total_, longest);
  inside_ = {{0, length_}};
  if (length_ < total_)
    chunks_ = {{0, (total_ + length_ - 1) / length_}};
}

Expr RowChunks::along(const std::vector<Expr> &inside, const std::vector<Expr> &chunk) const {
  const Expr &last = inside.back();
  if (chunk.empty())
    return last;
  return length_ == 1 ? chunk[0] : chunk[0] * length_ + last;
}

Row RowChunks::row(const std::vector<Expr> &inside, const std::vector<Expr> &chunk) const {
  Expr at = along(inside, chunk);
  if (lastIsShorter())
    at = min(at, total_ - 1);
  return bands_ ? Row{inside[0], at, chunk[1]} : Row{at};
}

Expr RowChunks::isRow(const std::vector<Expr> &inside, const std::vector<Expr> &chunk) const {
  return lastIsShorter() ? along(inside, chunk) < total_ : Expr();
}

} // namespace cnx
