#include "ir/PlanDialect.h"

#include "ir/PlanOps.h"

#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

#include "ir/SegmentKind.cpp.inc"

#include "ir/PlanDialect.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "ir/PlanAttributes.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "ir/PlanTypes.cpp.inc"

#define GET_OP_CLASSES
#include "ir/PlanOps.cpp.inc"

namespace cnx::plan {

void PlanDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "ir/PlanAttributes.cpp.inc"
      >();
  addTypes<
#define GET_TYPEDEF_LIST
#include "ir/PlanTypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "ir/PlanOps.cpp.inc"
      >();
}

} // namespace cnx::plan
