#include "ir/State.h"

#include "ir/CnxDialect.h"

using namespace mlir;

namespace cnx::ir {

DictionaryAttr named(MLIRContext *context, StringRef name) {
  return DictionaryAttr::get(
      context, NamedAttribute(StringAttr::get(context, kNameAttr), StringAttr::get(context, name)));
}

std::string stateName(StringRef memory, StringRef parameter) {
  return (memory + "." + parameter).str();
}

static StringRef text(StringAttr name) { return name ? name.getValue() : StringRef(); }

StringRef argumentName(func::FuncOp function, unsigned index) {
  return text(function.getArgAttrOfType<StringAttr>(index, kNameAttr));
}

StringRef resultName(func::FuncOp function, unsigned index) {
  return text(function.getResultAttrOfType<StringAttr>(index, kNameAttr));
}

BlockArgument argumentNamed(func::FuncOp function, StringRef name) {
  for (BlockArgument argument : function.getArguments())
    if (!name.empty() && argumentName(function, argument.getArgNumber()) == name)
      return argument;
  return {};
}

Value resultNamed(func::FuncOp function, StringRef name) {
  for (OpOperand &result : function.getBody().front().getTerminator()->getOpOperands())
    if (resultName(function, result.getOperandNumber()) == name)
      return result.get();
  return {};
}

bool hasOwnMemory(func::FuncOp function, OpOperand &result) {
  if (result.get().hasOneUse())
    return true;
  return resultName(function, result.getOperandNumber()).starts_with(kGradientPrefix) &&
         llvm::count_if(result.get().getUses(),
                        [](OpOperand &use) { return isa<func::ReturnOp>(use.getOwner()); }) == 1;
}

BlockArgument stateOf(func::FuncOp function, Value result) {
  for (OpOperand &use : result.getUses())
    if (isa<func::ReturnOp>(use.getOwner()))
      if (BlockArgument state =
              argumentNamed(function, resultName(function, use.getOperandNumber())))
        return state;
  return {};
}

} // namespace cnx::ir
