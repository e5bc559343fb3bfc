// The functions of weight expressions, by the names of the dialect's weight-only ops. Evaluated
// once, at compile time, in double.
#pragma once

#include "compiler/weights/WeightArray.h"

#include <string_view>

namespace cnx {

struct WeightFunction {
  std::string_view name;
  size_t minOperands, maxOperands;
  // Both throw UserError where the operands' shapes do not fit; `evaluate` expects what `shape`
  // accepted.
  Shape (*shape)(const std::vector<Shape> &operands);
  WeightArray (*evaluate)(const std::vector<WeightArray> &operands);
};

const WeightFunction *findWeightFunction(std::string_view name); // nullptr where there is none

} // namespace cnx
