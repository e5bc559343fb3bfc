#include "ir/ops/Check.h"

#include "llvm/ADT/StringExtras.h"

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

// The last two parts of the path, conv_dw.weight, or three where that would begin with a number:
// stem.0.weight.
void GetWeightOp::getAsmResultNames(function_ref<void(Value, StringRef)> setName) {
  StringRef path = getName();
  size_t begin = path.rfind('.');
  while (begin != StringRef::npos && begin > 0) {
    begin = path.rfind('.', begin - 1);
    if (begin == StringRef::npos || !llvm::isDigit(path[begin + 1]))
      break;
  }
  setName(getResult(), path.substr(begin == StringRef::npos ? 0 : begin + 1));
}

} // namespace cnx::ir
