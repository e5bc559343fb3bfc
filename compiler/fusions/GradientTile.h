// How the gradient of a matrix is cut into tasks and register tiles.
#pragma once

#include "compiler/kernels/Stages.h"

namespace cnx {

bool isMatrixGradient(const std::string &op); // linear_grad_weight, patch_conv_grad_weight

// A kernel graph's product over all rows, and what makes its operand.
struct GradientProduct {
  const Node *node = nullptr;
  std::string made; // role of the last stage before the product; empty where there is none
};
GradientProduct gradientProduct(const KernelGraph &graph);

// How the panels (lane, k, p) of the product are cut.
struct GradientTile {
  int rows = 1;                     // k of a register tile
  int panels = 1;                   // p of one
  int taskRows = 1, taskPanels = 1; // k and p of a task; multiples of the tile's
  // Whether a chunk's panels (of a tile) and strips (of a task) are copied; else the product reads
  // what they would be copies of.
  bool copiesPanels = true, copiesStrips = true;
};
GradientTile gradientTile(const KernelGraph &graph, Level level);

int gradientStripWidth(const KernelGraph &graph, Level level); // Fusion::stripWidth

} // namespace cnx
