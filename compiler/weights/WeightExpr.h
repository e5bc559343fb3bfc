// A packed weight as an expression over parameters: `pack_panels(fold_in(@stem.0.weight, [0.0171,
// 0.0175, 0.0174]))`. Written by the plan, kept in the manifest, evaluated when the weight file is
// written.
//
//   expression = function "(" expression {"," expression} ")" | "@" name | "[" number {"," number}
//   "]"
//
// Names of letters, digits, '.', '_', '$' and '-' stand bare, others in double quotes. Functions:
// WeightFunctions.h.
#pragma once

#include "compiler/weights/WeightArray.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace cnx {

struct WeightExpr {
  enum class Kind { call, parameter, literal } kind = Kind::literal;
  std::string name;                 // of the function or the parameter
  std::vector<WeightExpr> operands; // of a call
  std::vector<double> literal;      // a constant vector
};

// Throws UserError with the column: unknown function, wrong number of operands, stray text.
WeightExpr parseWeightExpr(std::string_view text);
// parse(print(e)) is e; numbers keep every bit.
std::string printWeightExpr(const WeightExpr &expr);
// Names of the parameters that it reads, in order of appearance, each once.
std::vector<std::string> parametersOf(const WeightExpr &expr);

using ShapeOfParameter = std::function<Shape(const std::string &)>;
using ValuesOfParameter = std::function<WeightArray(const std::string &)>;

// Throws UserError where shapes do not fit.
Shape shapeOf(const WeightExpr &expr, const ShapeOfParameter &parameter);
// Everything in double; the caller rounds once.
WeightArray evaluate(const WeightExpr &expr, const ValuesOfParameter &parameter);

} // namespace cnx
