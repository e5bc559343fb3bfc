#include "compiler/fusions/GradientTile.h"

#include "compiler/fusions/GemmTile.h"

#include <algorithm>

namespace cnx {

static int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

static int rowsThatFit(Level level, int width) {
  const int vectors = width / vectorLanes(level), spare = level == Level::v4 ? 2 : 0;
  return (vectorRegisters(level) - spare - vectors - 1) / vectors;
}

// For panels of `shape` [P, K, 16]. `inner`: K is a multiple of it, and register tiles had better
// not cross its multiples. `allPanels`: a task has all of them, and whole vectors of k.
static GradientTile chooseTile(Level level, const std::vector<int64_t> &shape, int64_t inner,
                               bool allPanels) {
  const GemmTile gemm = chooseGemmTile(level, inner, shape[0] * kChannelPad);
  GradientTile tile;
  tile.panels = gemm.width / static_cast<int>(kChannelPad);
  tile.rows = gemm.rows;
  if (allPanels) // what is made for a task has columns of a known number
    for (tile.rows = rowsThatFit(level, gemm.width); inner % tile.rows;)
      --tile.rows;
  const int64_t tilesDown = ceilDiv(shape[1], tile.rows), tilesAcross = shape[0] / tile.panels;
  double best = -1;
  for (int64_t down = 1; down <= tilesDown; ++down)
    for (int64_t across = 1; across <= tilesAcross; ++across) {
      const int64_t rows = down * tile.rows, width = across * gemm.width;
      if (tilesDown % down || tilesAcross % across)
        continue;
      if (allPanels && (across < tilesAcross || (rows % kChannelPad && down < tilesDown)))
        continue;
      // What stays in the level-2 cache while a chunk goes by: both copies, and the task's sums.
      const double bytes =
          static_cast<double>(4 * (kProductChunk * (rows + gemm.width) + rows * width));
      // Multiply-adds per number read, and tasks that one, two and four threads share evenly.
      const double intensity =
          static_cast<double>(rows * width) / static_cast<double>(rows + width);
      const int64_t tasks = tilesDown / down * (tilesAcross / across);
      double score = 0;
      for (int64_t threads : {1, 2, 4})
        score +=
            static_cast<double>(tasks) / static_cast<double>(ceilDiv(tasks, threads) * threads);
      score *= intensity / (intensity + 8) * std::min(1.0, 1024 * 1024 / bytes);
      if (score > best) {
        best = score;
        tile.taskRows = static_cast<int>(rows);
        tile.taskPanels = static_cast<int>(across) * tile.panels;
      }
    }
  return tile;
}

bool isMatrixGradient(const std::string &op) {
  return op == "linear_grad_weight" || op == "patch_conv_grad_weight";
}

GradientProduct gradientProduct(const KernelGraph &graph) {
  GradientProduct product;
  for (const Node &node : graph.nodes) {
    if (isMatrixGradient(node.op))
      product.node = &node;
    else if (!product.node)
      product.made = node.op + "0";
  }
  return product;
}

// Prefetched, rows of a short pitch come from where they lie as fast as from a copy; and a copy is
// made for its readers, the tiles of a task. Measured, both levels: 56x56x96 to 384 (1536 bytes, 12
// readers) 71 % of peak with copies and 86 without, 7x7x3072 to 768 (12288 bytes, 48) 83 and 33.
static bool copiesPanels(const KernelGraph &graph, const Node &product, const GradientTile &tile) {
  const int64_t pitch = graph.values[product.inputs.at(0)].pitch * 4;
  if (pitch % 4096 == 0) // a column falls into one set of the level-1 cache
    return true;
  return pitch >= 1024 && tile.taskRows / tile.rows >= 20;
}

static bool copiesStrips(const KernelGraph &graph, const GradientProduct &product,
                         const GradientTile &tile) {
  const Value &input = graph.values[product.node->inputs.at(1)];
  if (product.node->op == "patch_conv_grad_weight") // several taps' columns would come one by one
    return input.shape.back() % tile.rows == 0;
  if (input.shape.back() % tile.rows != 0) // columns that repeat would be a case of the product's
    return true;
  // What is made has a buffer of a task's columns.
  const int64_t pitch = product.made.empty() ? input.pitch : tile.taskRows;
  return pitch * 4 > 512;
}

GradientTile gradientTile(const KernelGraph &graph, Level level) {
  const GradientProduct product = gradientProduct(graph);
  const std::vector<int64_t> &shape = graph.values[product.node->outputs.at(0)].shape;
  // A convolution's channels, where they are enough for a tile.
  const int64_t channels = graph.values[product.node->inputs.at(1)].shape.back();
  GradientTile tile =
      chooseTile(level, shape, channels >= 8 ? channels : shape.at(1), !product.made.empty());
  tile.copiesPanels = copiesPanels(graph, *product.node, tile);
  tile.copiesStrips = copiesStrips(graph, product, tile);
  return tile;
}

int gradientStripWidth(const KernelGraph &graph, Level level) {
  return gradientTile(graph, level).rows;
}

} // namespace cnx
