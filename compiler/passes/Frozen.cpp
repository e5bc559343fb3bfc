#include "compiler/passes/Frozen.h"

#include "ir/CnxOps.h"

using namespace mlir;

namespace cnx {

bool isFrozen(Value weight) {
  if (!weight)
    return true;
  if (!ir::isWeight(weight))
    return false;
  Operation *op = weight.getDefiningOp();
  if (auto get = dyn_cast<ir::GetWeightOp>(op)) {
    auto parameter = SymbolTable::lookupNearestSymbolFrom<ir::WeightOp>(op, get.getNameAttr());
    return parameter && parameter.getFrozen();
  }
  return llvm::all_of(op->getOperands(), isFrozen);
}

} // namespace cnx
