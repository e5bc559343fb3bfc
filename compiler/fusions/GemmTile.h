// The register tile of a matrix product and the loops round it.
#pragma once

#include "compiler/kernels/Stages.h"

namespace cnx {

// rows x width accumulators; width is a number of outputs, a multiple of the panel's 16.
struct GemmTile {
  int rows = 1;
  int width = 16;
};

// The best tile for `rows` rows and a padded width: accumulators, the panels' loads and one
// broadcast fit the registers, `width` divides the padded width, few rows of the last tile are
// wasted, and the multiply-adds are not bound by loads.
GemmTile chooseGemmTile(Level level, int64_t rows, int64_t paddedWidth);

// Outer loops that tileGemm leaves: over panels of the tile's width and over tiles of rows.
struct TileLoops {
  Halide::Var panel{"panel"}, tile{"tile"};
};

// Cuts (c, row) of the stage that reads `acc` into register tiles, rows inside panels, and computes
// `acc` tile by tile in registers. `consumer` is the stage's Func. What the stage does beside
// reading acc happens on the registers.
TileLoops tileGemm(Halide::Stage stage, Halide::Func consumer, Halide::Func acc, Halide::Var c,
                   Halide::Var row, GemmTile tile, Level level);

} // namespace cnx
