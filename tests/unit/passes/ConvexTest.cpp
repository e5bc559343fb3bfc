#include "compiler/passes/Convex.h"
#include "tests/support/catch.h"

using namespace cnx;

// Node n makes value n; `reads` are the values that each node reads.
static KernelGraph graphOf(const std::vector<std::vector<int>> &reads) {
  KernelGraph graph;
  graph.values.resize(reads.size());
  for (size_t n = 0; n < reads.size(); ++n)
    graph.nodes.push_back({"op", {}, reads[n], {static_cast<int>(n)}});
  return graph;
}

TEST_CASE("a chain's neighbours are convex, its ends are not") {
  const KernelGraph chain = graphOf({{}, {0}, {1}, {2}});
  CHECK(isConvex(chain, {1, 2}));
  CHECK(isConvex(chain, {0, 1, 2, 3}));
  CHECK_FALSE(isConvex(chain, {0, 2}));
  CHECK_FALSE(isConvex(chain, {0, 3})); // over two ops outside
}

TEST_CASE("a residual: the branch must come along") {
  const KernelGraph block = graphOf({{}, {0}, {1}, {0, 2}}); // x, branch, branch, add
  CHECK(isConvex(block, {1, 2, 3}));
  CHECK(isConvex(block, {0, 1, 2, 3}));
  CHECK_FALSE(isConvex(block, {0, 3}));
  CHECK_FALSE(isConvex(block, {0, 1, 3}));
}

TEST_CASE("an op outside may read the group, or feed it") {
  const KernelGraph graph = graphOf({{}, {0}, {0}, {1}});
  CHECK(isConvex(graph, {0, 1})); // 2 and 3 read it
  CHECK(isConvex(graph, {1, 3})); // 0 feeds it
  CHECK(isConvex(graph, {1, 2})); // neither reads the other
}

TEST_CASE("absent operands and unread results tie nothing together") {
  KernelGraph graph = graphOf({{}, {-1}, {-1}});
  graph.nodes[0].outputs = {0, -1};
  graph.nodes[1].outputs = {1, -1};
  CHECK(isConvex(graph, {0, 2}));
}
