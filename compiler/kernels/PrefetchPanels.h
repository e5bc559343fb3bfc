// Prefetches the weights that a matrix product reads next while it computes with the present ones.
//
// A panel of weights is read once from memory and then again for every tile of rows from the cache.
// The first of these passes waits for memory, the others leave it idle. So every step of every pass
// fetches one line of the block that comes next: the share of passes that a line belongs to is a
// power of two, the rest is shifts. Measured on one core of a Sapphire Rapids server with weights
// out of the cache (% of the multiply-add peak): 196x1536x384 84 -> 92, 49x3072x768 58 -> 73.
//
// Halide's own prefetch directive fetches all lines in every pass, in a loop of its own; it cost
// more than it gave.
#pragma once

#include "compiler/kernels/KernelGraph.h"

#include <Halide.h>

#include <memory>
#include <string>

namespace cnx {

// One product: where its loops are, and how its weights lie.
struct PanelPrefetch {
  std::string acc;     // Halide's name of the accumulators' stage
  std::string weights; // name of the panels' buffer, [P][K][16] from element 0
  Halide::Type element = Halide::Float(32);
  int panels = 1; // panels side by side in a tile
  int depth = 1;  // K
  int unroll = 1; // steps of K that one iteration does
  int lines =
      1; // fetches of an iteration: several where it has more steps than passes share a line
  int block = 1; // steps of K that a block has; depth where K is not cut
};

// A lowering pass, to be added to the pipeline. It recognises loops by their names' endings:
// ".panel" (tiles' panels),
// ".block" (of K), then any number of loops over rows, then the steps of K. A product whose loops
// look otherwise, or which has too few rows to spread the lines over, is left alone.
std::unique_ptr<Halide::Internal::IRMutator>
makePrefetchPass(const std::vector<PanelPrefetch> &products);

} // namespace cnx
