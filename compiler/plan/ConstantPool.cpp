#include "compiler/plan/ConstantPool.h"

#include "ir/CnxOps.h"
#include "ir/Layer.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

#include <charconv>

using namespace mlir;

namespace cnx {
namespace {

bool isBareName(StringRef name) {
  return !name.empty() && llvm::all_of(name, [](char c) {
    return llvm::isAlnum(c) || StringRef("._$-").contains(c);
  });
}

// The shortest text that reads back as the same number.
std::string shortest(double number) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof(text), number).ptr};
}

// The parameter that a packed weight is mostly made of: the leftmost leaf.
StringRef mainParameter(Operation *op) {
  if (auto get = dyn_cast<ir::GetWeightOp>(op))
    return get.getName();
  return op->getNumOperands() ? mainParameter(op->getOperand(0).getDefiningOp())
                              : StringRef("constant");
}

} // namespace

std::string parameterLeaf(StringRef name) {
  return isBareName(name) ? ("@" + name).str() : ("@\"" + name + "\"").str();
}

std::string weightExpression(Operation *op) {
  if (auto get = dyn_cast<ir::GetWeightOp>(op))
    return parameterLeaf(get.getName());
  std::string text;
  llvm::raw_string_ostream out(text);
  if (auto constant = dyn_cast<ir::ConstantOp>(op)) {
    out << '[';
    llvm::interleaveComma(constant.getValues(), out,
                          [&](double number) { out << shortest(number); });
    out << ']';
    return text;
  }
  out << op->getName().stripDialect() << '(';
  llvm::interleaveComma(op->getOperands(), out, [&](mlir::Value operand) {
    out << weightExpression(operand.getDefiningOp());
  });
  out << ')';
  return text;
}

plan::ConstantOp ConstantPool::get(mlir::Value weight) {
  Operation *op = weight.getDefiningOp();
  const Location layer = NameLoc::get(builder.getStringAttr(ir::layerOf(op->getLoc())));
  return add(weightExpression(op), (mainParameter(op) + ".packed").str(),
             cast<RankedTensorType>(weight.getType()).getShape(), layer);
}

void ConstantPool::keep(ir::WeightOp weight) {
  add(parameterLeaf(weight.getSymName()), (weight.getSymName() + ".frozen").str(),
      weight.getType().getShape(), weight.getLoc());
}

plan::ConstantOp ConstantPool::add(StringRef expression, StringRef stem, ArrayRef<int64_t> shape,
                                   Location layer) {
  plan::ConstantOp &constant = byExpression[expression];
  if (constant)
    return constant;
  int64_t bytes = plan::storedBytes(expression);
  for (int64_t extent : shape)
    bytes *= extent;
  std::string name = stem.str();
  for (int n = 2; !names.insert(name).second; ++n)
    name = stem.str() + std::to_string(n);
  constant = plan::ConstantOp::create(builder, layer, name, segment, end, bytes, expression, shape);
  end += llvm::alignTo(bytes, plan::kAlignment);
  return constant;
}

} // namespace cnx
