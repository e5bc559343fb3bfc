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

std::string weightExpression(Operation *op) {
  if (auto get = dyn_cast<ir::GetWeightOp>(op)) {
    if (isBareName(get.getName()))
      return ("@" + get.getName()).str();
    return ("@\"" + get.getName() + "\"").str();
  }
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
  plan::ConstantOp &constant = byExpression[weightExpression(op)];
  if (constant)
    return constant;
  const ArrayRef<int64_t> shape = cast<RankedTensorType>(weight.getType()).getShape();
  int64_t bytes = 4; // float32
  for (int64_t extent : shape)
    bytes *= extent;
  const std::string stem = (mainParameter(op) + ".packed").str();
  std::string name = stem;
  for (int n = 2; !names.insert(name).second; ++n)
    name = stem + std::to_string(n);
  const Location layer = NameLoc::get(builder.getStringAttr(ir::layerOf(op->getLoc())));
  constant = plan::ConstantOp::create(builder, layer, name, segment, end, bytes,
                                      weightExpression(op), shape);
  end += llvm::alignTo(bytes, plan::kAlignment);
  return constant;
}

} // namespace cnx
