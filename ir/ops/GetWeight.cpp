#include "ir/ops/Check.h"

using namespace mlir;

namespace cnx::ir {

LogicalResult GetWeightOp::verifySymbolUses(SymbolTableCollection &tables) {
  auto weight = tables.lookupNearestSymbolFrom<WeightOp>(*this, getNameAttr());
  if (!weight)
    return emitOpError() << "names @" << getName() << ", which is not a weight of this module";
  if (weight.getType() == getResult().getType())
    return success();
  auto error = emitOpError() << "reads @" << getName() << " as " << getResult().getType()
                             << ", it has type " << weight.getType();
  error.attachNote(weight.getLoc()) << "weight declared here";
  return error;
}

// The last two parts of the path: conv_dw.weight.
void GetWeightOp::getAsmResultNames(function_ref<void(Value, StringRef)> setName) {
  StringRef path = getName();
  size_t last = path.rfind('.');
  size_t previous = last == StringRef::npos ? StringRef::npos : path.rfind('.', last);
  setName(getResult(), previous == StringRef::npos ? path : path.substr(previous + 1));
}

} // namespace cnx::ir
