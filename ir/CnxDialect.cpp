#include "ir/CnxDialect.h"

#include "ir/CnxOps.h"

#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

#include "ir/Initialiser.cpp.inc"

#include "ir/CnxDialect.cpp.inc"

#include "ir/CnxInterfaces.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "ir/CnxAttributes.cpp.inc"

#define GET_OP_CLASSES
#include "ir/CnxOps.cpp.inc"

namespace cnx::ir {

void CnxDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "ir/CnxAttributes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "ir/CnxOps.cpp.inc"
      >();
}

// Both attributes hold text; others of this dialect's prefix are their writers' own.
static LogicalResult verifyText(Location location, NamedAttribute attribute) {
  StringRef name = attribute.getName().getValue();
  if ((name == kNameAttr || name == kInfoAttr) && !isa<StringAttr>(attribute.getValue()))
    return emitError(location) << name << " is " << attribute.getValue() << ", expected a string";
  return success();
}

LogicalResult CnxDialect::verifyOperationAttribute(Operation *op, NamedAttribute attribute) {
  return verifyText(op->getLoc(), attribute);
}

LogicalResult CnxDialect::verifyRegionArgAttribute(Operation *op, unsigned, unsigned,
                                                   NamedAttribute attribute) {
  return verifyText(op->getLoc(), attribute);
}

LogicalResult CnxDialect::verifyRegionResultAttribute(Operation *op, unsigned, unsigned,
                                                      NamedAttribute attribute) {
  return verifyText(op->getLoc(), attribute);
}

int64_t touchedBytes(Operation *op) {
  int64_t bytes = 0;
  auto count = [&](Type type) {
    auto tensor = cast<RankedTensorType>(type);
    bytes += tensor.getNumElements() * (tensor.getElementTypeBitWidth() / 8);
  };
  for (Type type : op->getOperandTypes())
    count(type);
  for (Type type : op->getResultTypes())
    count(type);
  return bytes;
}

bool isWeightOnly(Operation *op) { return op->hasTrait<WeightOnly>(); }

bool isWeight(Value value) {
  Operation *op = value.getDefiningOp();
  return op && isWeightOnly(op);
}

SmallVector<StringRef> parametersOf(Operation *op) {
  if (auto get = dyn_cast<GetWeightOp>(op))
    return {get.getName()};
  SmallVector<StringRef> names;
  for (Value operand : op->getOperands())
    names.append(parametersOf(operand.getDefiningOp()));
  return names;
}

} // namespace cnx::ir
