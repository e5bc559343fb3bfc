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
// The same for few rows against weights that come from memory, each once: more panels side by side
// keep more lines under way.
GemmTile chooseStreamingGemmTile(Level level, int64_t rows, int64_t paddedWidth);
// The best of those that cut `rows` rows without a rest.
GemmTile chooseExactGemmTile(Level level, int64_t rows, int64_t paddedWidth);

// Outer loops that tileGemm leaves: over panels of the tile's width and over tiles of rows.
struct TileLoops {
  Halide::Var panel{"panel"}, tile{"tile"};
};

// Cuts (c, row) of a stage into register tiles, rows inside panels.
TileLoops cutTiles(const Stages &stages, Halide::Stage stage, Halide::Var row, GemmTile tile,
                   Level level);
// Cuts c alone, into panels with all rows inside. Leaves the panel loop.
TileLoops cutPanels(const Stages &stages, Halide::Stage stage, Halide::Var row, GemmTile tile,
                    Level level);

// Cuts (c, row) of the stage that reads product `role` (".acc") into register tiles and computes
// the product tile by tile in registers. `consumer` is the stage's Func; `rows` the extent of
// `row`. What the stage does beside reading the product happens on the registers. Weights are
// prefetched panel by panel.
TileLoops tileGemm(Stages &stages, const std::string &role, Halide::Stage stage,
                   Halide::Func consumer, Halide::Var row, int64_t rows, GemmTile tile,
                   Level level);

// The same for a product of few rows and so deep a K that a panel does not stay in the cache from
// one tile of rows to the next: K is cut into blocks, the accumulators of all `rows` rows wait in
// the level-1 cache between them. Leaves only the panel loop.
void tileDeepGemm(Stages &stages, const std::string &role, Halide::Stage stage,
                  Halide::Func consumer, Halide::Var row, int64_t rows, GemmTile tile, Level level);

// Steps of K in a block for tileDeepGemm, or 0 where the plain tile is as good.
int deepBlock(int64_t depth, int64_t rows, GemmTile tile);

} // namespace cnx
