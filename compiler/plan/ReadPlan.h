// The crossing from the plan dialect to plain structs.
#pragma once

#include "compiler/plan/Program.h"

namespace mlir {
class ModuleOp;
} // namespace mlir

namespace cnx {

// The module must have passed the verifier and CheckPlan: every buffer has an address.
Plan readPlan(mlir::ModuleOp module);

} // namespace cnx
