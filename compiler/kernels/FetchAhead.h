// Fetches the next panels of a matrix product's weights while the present ones are in use.
//
// A kernel of few rows reads each panel from memory for its first tile of rows and from the cache
// for the others: it waits during the first and leaves memory idle during the rest. With this pass
// the tile of rows j, 1 <= j <= P, fetches panel j-1 of the P that the next turn of the panel loop
// will read, one cache line a step of the reduction. Measured on a Sapphire Rapids core with
// weights in memory, 49 x 3072 x 768: from 57 to about 80 % of the peak.
//
// The fetch stands in the lowered statement as a call of a pure function of the line's first
// element, added to an index; an intrinsic with effects there would keep the accumulators out of
// registers. codegen turns load and call into the prefetch instruction and the zero that it is
// (codegen/ExpandFetches.h), so the load never runs and may point past the weights.
#pragma once

#include <Halide.h>

#include <cstdint>
#include <string>

namespace cnx {

// int f(float): stands for fetching the line that its operand is loaded from; 0.
inline constexpr const char *kFetchFunction = "cnx_fetch";

// What to fetch for one accumulator.
struct PanelFetch {
  std::string accumulator; // the Func's name
  int64_t panelsOfTile;    // P: panels that a register tile reads side by side
  int64_t panelElements;   // K*16
};

class FetchAhead : public Halide::Internal::IRMutator {
public:
  explicit FetchAhead(PanelFetch wanted) : fetch_(std::move(wanted)) {}

private:
  using IRMutator::visit;
  Halide::Internal::Stmt visit(const Halide::Internal::For *op) override;
  Halide::Internal::Stmt visit(const Halide::Internal::Store *op) override;

  PanelFetch fetch_;
  std::vector<std::string> loops_; // outermost first
  bool fetched_ = false;           // in the innermost loop at hand
};

} // namespace cnx
