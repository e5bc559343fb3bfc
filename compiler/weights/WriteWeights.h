// NAME.weights: the header of cnx_rt.h, then the packed weights at the offsets that the plan chose.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cnx {

class WeightSource;

struct PackedWeight {
  int64_t offset = 0; // bytes from the payload's start; a multiple of 64
  int64_t bytes = 0;
  std::string expr; // WeightExpr.h; its value has bytes / 4 elements, of round_bf16 bytes / 2
};

// Evaluates one weight at a time, in double with one rounding, so that memory is bounded by the
// largest; gaps are zero. Weights must not overlap and must end within payloadBytes. Atomic:
// written beside `path`, then renamed.
void writeWeightFile(const std::string &path, std::vector<PackedWeight> weights,
                     const WeightSource &source, uint64_t buildHash, int64_t payloadBytes);

} // namespace cnx
