// The tiles of a kernel whose output is one matrix product (ProductKernel).
#pragma once

#include "compiler/fusions/TileSpace.h"

namespace cnx {

struct ProductShape {
  int64_t rows = 1, depth = 1, width = 16; // width padded to the panels' 16
};
// Of linear number `index` of a group.
ProductShape productShape(const KernelGraph &graph, int index);

// TileSpace's three functions, for a product. Tasks are panels where task_rows reach all rows.
Tiles completeProductTiles(const ProductShape &shape, Level level, const Tiles &asked);
std::string refuseProductTiles(const ProductShape &shape, Level level, const Tiles &tiles);
std::vector<Tiles> productCandidates(const ProductShape &shape, Level level);

// Whether all weights are float32: tables speak of no others.
bool hasPlainWeights(const KernelGraph &graph);

// The space of a fusion around one linear layer; a group with other outputs is in no table.
TileSpace productTileSpace(const char *tableName, std::vector<TileRow> rows);

// What is wrong with a register tile, or with the steps that an iteration does; empty: nothing.
std::string refuseRegisterTile(Level level, const char *rowsName, int rows, const char *widthName,
                               int width, int64_t paddedWidth);
std::string refuseUnroll(const char *name, int unroll, int64_t depth);

} // namespace cnx
