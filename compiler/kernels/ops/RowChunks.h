// How a sum over all rows of an activation goes chunk by chunk.
#pragma once

#include "compiler/kernels/Stages.h"

namespace cnx {

// Chunks of at most `longest` rows of `value`, whose number and length depend on the shape alone.
// In a group that looks at neighbours a chunk is a band of image rows, one of them at least.
class RowChunks {
public:
  RowChunks(const Stages &stages, int value, int longest);

  const Halide::Region &inside() const { return inside_; } // {rows}, or {columns, image rows}
  // {chunks}, or {bands, images}; empty where one chunk has all rows.
  const Halide::Region &chunks() const { return chunks_; }
  bool lastIsShorter() const { return total_ % length_ != 0; }
  // The row at `inside` of `chunk`; past the end of the last one its last row repeats.
  Row row(const std::vector<Halide::Expr> &inside, const std::vector<Halide::Expr> &chunk) const;
  // Whether that is no repetition; undefined where none is.
  Halide::Expr isRow(const std::vector<Halide::Expr> &inside,
                     const std::vector<Halide::Expr> &chunk) const;

private:
  Halide::Expr along(const std::vector<Halide::Expr> &inside,
                     const std::vector<Halide::Expr> &chunk) const;

  bool bands_;
  int total_, length_; // image rows of a map, or rows
  Halide::Region inside_, chunks_;
};

// Those of a product of matrices, `value` one of them (sumProducts): all of few rows, else as many
// as stay in the level-2 cache.
RowChunks productChunks(const Stages &stages, int value);

} // namespace cnx
