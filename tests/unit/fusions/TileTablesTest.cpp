// The tables that `cnx tune` has written: every row is one that its kernel can have, for a kernel
// that there is, and says something that the rule does not.
#include "tests/support/catch.h"
#include "tests/unit/fusions/Grouping.h"
#include "tests/unit/kernels/GraphBuilder.h"

#include <set>

using namespace cnx;
using namespace cnx::test;

// A group of the table's fusion and the row's shape.
static KernelGraph groupOfShape(const std::string &fusion, const std::vector<int64_t> &shape) {
  GraphBuilder b;
  int out = -1;
  if (fusion == "dwconv_norm") {
    REQUIRE(shape.size() == 5);
    out = b.layerNorm(b.dwconv(b.input({shape[0], shape[1], shape[2], shape[3]}), shape[4]));
  } else {
    const int x = b.input({1, 1, shape.at(0), shape.at(1)});
    if (fusion == "gemm_gelu")
      out = b.gelu(b.linear(x, shape.at(2)));
    else if (fusion == "gemm_residual")
      out = b.add(b.linear(x, shape.at(2)), b.input({1, 1, shape[0], shape[2]}));
    else if (fusion == "mlp")
      out = b.add(b.linear(b.gelu(b.linear(x, shape.at(2))), shape.at(3)),
                  b.input({1, 1, shape[0], shape[3]}));
  }
  INFO("no case for tables of " << fusion);
  REQUIRE(out >= 0);
  b.output(out);
  return groupOf(b.graph, fusion).graph;
}

TEST_CASE("rows of the tables are legal and no repetition of the rule") {
  int spaces = 0;
  for (const Fusion &fusion : fusions()) {
    if (!fusion.tiles)
      continue;
    ++spaces;
    std::set<std::pair<Level, std::vector<int64_t>>> keys;
    for (const TileRow &row : fusion.tiles->rows) {
      const KernelGraph graph = groupOfShape(std::string(fusion.name), row.shape);
      INFO(fusion.name << " " << levelName(row.level) << ": " << tilesText(row.tiles));
      CHECK(keys.insert({row.level, row.shape}).second);
      CHECK(fusion.tiles->shape(graph) == row.shape);
      CHECK(refuseTiles(*fusion.tiles, graph, row.level, row.tiles).empty());
      CHECK(fusion.tiles->complete(graph, row.level, row.tiles) == row.tiles);
      CHECK_FALSE(row.tiles == ruleTiles(*fusion.tiles, graph, row.level));
      CHECK(tilesOf(*fusion.tiles, graph, row.level) == row.tiles);
    }
  }
  CHECK(spaces == 4);
}

TEST_CASE("a table speaks of its shape and level alone, and not of training forms") {
  const std::vector<int64_t> shape = {49, 96, 384};
  TileSpace space = *findFusion("gemm_gelu")->tiles;
  const KernelGraph graph = groupOfShape("gemm_gelu", shape);
  Tiles tiles = ruleTiles(space, graph, Level::v4);
  tiles.rows -= 1;
  space.rows = {{Level::v4, shape, tiles}};
  CHECK(tilesOf(space, graph, Level::v4) == tiles);
  CHECK(tilesOf(space, graph, Level::v3) == ruleTiles(space, graph, Level::v3));
  const KernelGraph other = groupOfShape("gemm_gelu", {50, 96, 384});
  CHECK(tilesOf(space, other, Level::v4) == ruleTiles(space, other, Level::v4));

  GraphBuilder b;
  const int h = b.linear(b.input({1, 7, 7, 96}), 384);
  b.output(h);
  b.output(b.gelu(h));
  const KernelGraph training = groupOf(b.graph, "gemm_gelu").graph;
  CHECK(space.shape(training).empty());
  CHECK(tilesOf(space, training, Level::v4) == ruleTiles(space, training, Level::v4));
}
