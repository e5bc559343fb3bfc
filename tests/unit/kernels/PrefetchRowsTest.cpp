// Which elements a product over all rows fetches while it runs: those that it reads next, and
// each of their lines.
#include "compiler/kernels/PrefetchRows.h"
#include "tests/support/catch.h"

#include <set>

using namespace cnx;
using namespace Halide;
using namespace Halide::Internal;

namespace {

constexpr int kChunkRows = 8, kPitch = 96;

// A nest as a weight gradient's schedule leaves it: two tasks side by side and two below each
// other, two chunks, `panels` tiles of panels and `tiles` of k in a task, rows two at a time.
struct Nest {
  int panels, tiles;

  Stmt loops() const {
    Stmt body = Evaluate::make(0);
    const std::pair<std::string, int> loops[] = {{"acc.s1.k$x", kChunkRows / 2},
                                                 {"sum.s1.k.k_tile", tiles},
                                                 {"sum.s1.p.p_tile", panels},
                                                 {"sum.s1.all$x", 2},
                                                 {"f.s0.p.task_p.task", 4}};
    for (const auto &[name, extent] : loops)
      body = For::make(name, 0, extent, ForType::Serial, Partition::Auto, DeviceAPI::None, body);
    return body;
  }
};

// The indices that the prefetches of a statement have, as expressions of its loops.
std::vector<Expr> fetched(const Stmt &stmt) {
  struct Finder : IRVisitor {
    std::vector<Expr> indices;
    using IRVisitor::visit;
    void visit(const Call *op) override {
      if (op->is_intrinsic(Call::prefetch))
        indices.push_back(op->args.at(1));
    }
  } finder;
  stmt.accept(&finder);
  return finder.indices;
}

// Lines of 16 floats, as (row, first column), that one iteration of the loops round a copy's
// product fetches.
std::set<std::pair<int, int>> lines(const std::vector<Expr> &indices, const Nest &nest, int task,
                                    int chunk, int firstPanel, int panels) {
  std::set<std::pair<int, int>> result;
  for (int p = firstPanel; p < firstPanel + panels; ++p)
    for (int k = 0; k < nest.tiles; ++k)
      for (int step = 0; step < kChunkRows / 2; ++step)
        for (const Expr &index : indices) {
          const std::map<std::string, Expr> at = {{"f.s0.p.task_p.task", task},
                                                  {"sum.s1.all$x", chunk},
                                                  {"sum.s1.p.p_tile", p},
                                                  {"sum.s1.k.k_tile", k},
                                                  {"acc.s1.k$x", step}};
          const auto element = as_const_int(simplify(substitute(at, index)));
          REQUIRE(element);
          result.insert({static_cast<int>(*element / kPitch), static_cast<int>(*element % kPitch)});
        }
  return result;
}

bool hasAll(const std::set<std::pair<int, int>> &found, int firstRow, int firstColumn,
            int columns) {
  for (int row = firstRow; row < firstRow + kChunkRows; ++row)
    for (int column = firstColumn; column < firstColumn + columns; column += 16)
      if (!found.count({row, column}))
        return false;
  return true;
}

std::vector<Expr> fetchedBy(const Nest &nest, const RowPrefetch &copy) {
  std::unique_ptr<IRMutator> pass = makeRowPrefetchPass({copy});
  return fetched(pass->mutate(nest.loops()));
}

} // namespace

TEST_CASE("the panels' side: the next tile's panels, after the last one the next chunk's first") {
  RowPrefetch copy{"acc", "dy", kPitch, kChunkRows, 2, true, 48, 16};
  for (int tiles : {1, 2, 3, 4, 9}) {
    const Nest nest{3, tiles};
    const std::vector<Expr> indices = fetchedBy(nest, copy);
    INFO(tiles << " tiles of k");
    CHECK(indices.size() == (tiles == 1 ? 2 : 1)); // two rows in an iteration
    for (int task : {0, 1, 3})
      for (int chunk : {0, 1}) {
        const int column = task % 2 * 48;
        for (int p : {0, 1})
          CHECK(hasAll(lines(indices, nest, task, chunk, p, 1), chunk * kChunkRows,
                       column + (p + 1) * 16, 16));
        CHECK(
            hasAll(lines(indices, nest, task, chunk, 2, 1), (chunk + 1) * kChunkRows, column, 16));
      }
  }
}

TEST_CASE("the columns' side: the task's columns of the next chunk") {
  RowPrefetch copy{"acc", "x", kPitch, kChunkRows, 2, false, 48, 48};
  for (int panels : {1, 3, 5}) {
    const Nest nest{panels, 3};
    const std::vector<Expr> indices = fetchedBy(nest, copy);
    CHECK(indices.size() == (panels == 1 ? 2 : 1));
    for (int task : {0, 1, 2, 3})
      CHECK(hasAll(lines(indices, nest, task, 1, 0, panels), 2 * kChunkRows, task / 2 * 48, 48));
  }
}

TEST_CASE("a product with too few steps for the lines is left alone, and one of another name") {
  RowPrefetch copy{"acc", "x", kPitch, kChunkRows, 2, false, 96, 96};
  CHECK(fetchedBy({1, 5}, copy).empty());
  CHECK_FALSE(fetchedBy({1, 6}, copy).empty());
  copy.acc = "other";
  CHECK(fetchedBy({1, 6}, copy).empty());
  copy.acc = "acc";
  copy.chunkRows = 9; // two steps do not divide it
  CHECK(fetchedBy({1, 6}, copy).empty());
}
