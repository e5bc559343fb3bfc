#include "compiler/weights/WeightExpr.h"

#include "compiler/Error.h"
#include "compiler/weights/WeightFunctions.h"

#include <algorithm>
#include <fmt/format.h>

namespace cnx {

namespace {

const WeightFunction &functionOf(const WeightExpr &call) {
  const WeightFunction *function = findWeightFunction(call.name);
  if (!function)
    throw UserError("weight expression: unknown function '" + call.name + "'");
  if (call.operands.size() < function->minOperands || call.operands.size() > function->maxOperands)
    throw UserError(fmt::format(
        "weight expression: {}: found {} operands, expected {}", call.name, call.operands.size(),
        function->minOperands == function->maxOperands
            ? fmt::format("{}", function->minOperands)
            : fmt::format("{} or {}", function->minOperands, function->maxOperands)));
  return *function;
}

bool isBare(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '.' || c == '_' || c == '$' || c == '-';
  });
}

void collect(const WeightExpr &expr, std::vector<std::string> &names) {
  if (expr.kind == WeightExpr::Kind::parameter &&
      std::find(names.begin(), names.end(), expr.name) == names.end())
    names.push_back(expr.name);
  for (const WeightExpr &operand : expr.operands)
    collect(operand, names);
}

} // namespace

std::string printWeightExpr(const WeightExpr &expr) {
  switch (expr.kind) {
  case WeightExpr::Kind::parameter: {
    if (isBare(expr.name))
      return "@" + expr.name;
    std::string text = "@\"";
    for (char c : expr.name) {
      if (c == '"' || c == '\\')
        text += '\\';
      text += c;
    }
    return text + "\"";
  }
  case WeightExpr::Kind::literal: {
    std::string text = "[";
    for (size_t i = 0; i < expr.literal.size(); ++i)
      text += fmt::format("{}{}", i ? ", " : "",
                          expr.literal[i]); // shortest text that reads back equal
    return text + "]";
  }
  case WeightExpr::Kind::call:
    break;
  }
  std::string text = expr.name + "(";
  for (size_t i = 0; i < expr.operands.size(); ++i)
    text += (i ? ", " : "") + printWeightExpr(expr.operands[i]);
  return text + ")";
}

std::vector<std::string> parametersOf(const WeightExpr &expr) {
  std::vector<std::string> names;
  collect(expr, names);
  return names;
}

Shape shapeOf(const WeightExpr &expr, const ShapeOfParameter &parameter) {
  if (expr.kind == WeightExpr::Kind::parameter)
    return parameter(expr.name);
  if (expr.kind == WeightExpr::Kind::literal)
    return {static_cast<int64_t>(expr.literal.size())};
  const WeightFunction &function = functionOf(expr);
  std::vector<Shape> operands;
  for (const WeightExpr &operand : expr.operands)
    operands.push_back(shapeOf(operand, parameter));
  return function.shape(operands);
}

WeightArray evaluate(const WeightExpr &expr, const ValuesOfParameter &parameter) {
  if (expr.kind == WeightExpr::Kind::parameter)
    return parameter(expr.name);
  if (expr.kind == WeightExpr::Kind::literal)
    return {{static_cast<int64_t>(expr.literal.size())}, expr.literal};
  const WeightFunction &function = functionOf(expr);
  std::vector<WeightArray> operands;
  std::vector<Shape> shapes;
  for (const WeightExpr &operand : expr.operands) {
    operands.push_back(evaluate(operand, parameter));
    shapes.push_back(operands.back().shape);
  }
  function.shape(shapes); // refuses what does not fit
  return function.evaluate(operands);
}

} // namespace cnx
