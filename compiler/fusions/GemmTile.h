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

// Whether the tile's accumulators, the panels' loads and one broadcast stay in registers.
bool fitsRegisters(Level level, GemmTile tile);
// Tiles for a search, by the measure that chooseGemmTile goes by, best first: of each width the
// best `aWidth`, `count` in all.
std::vector<GemmTile> rankGemmTiles(Level level, int64_t rows, int64_t paddedWidth, bool exact,
                                    size_t aWidth, size_t count);
// Steps of K that one iteration of the inner loop does: `depth` steps in all, `passes` of the loop
// over one panel.
int chooseUnroll(int64_t depth, int64_t passes, GemmTile tile);

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
// prefetched panel by panel. `unroll` 0: chooseUnroll's.
TileLoops tileGemm(Stages &stages, const std::string &role, Halide::Stage stage,
                   Halide::Func consumer, Halide::Var row, int64_t rows, GemmTile tile, Level level,
                   int unroll = 0);

// The same for a product of few rows and so deep a K that a panel does not stay in the cache from
// one tile of rows to the next: K is cut into blocks of `block` steps, the accumulators of all
// `rows` rows wait in the level-1 cache between them. Leaves only the panel loop.
void tileDeepGemm(Stages &stages, const std::string &role, Halide::Stage stage,
                  Halide::Func consumer, Halide::Var row, int64_t rows, GemmTile tile, Level level,
                  int block, int unroll);

// Steps of K in a block for tileDeepGemm, or 0 where the plain tile is as good.
int deepBlock(Level level, int64_t depth, int64_t rows, GemmTile tile);
// Whether the accumulators of all rows may wait on the stack.
bool fitsDeepGemm(int64_t rows, GemmTile tile);

} // namespace cnx
