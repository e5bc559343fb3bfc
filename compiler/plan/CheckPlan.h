// The verifier of whole plans. It trusts nothing that the planner says and shares no code with it:
// it replays each program on the bytes of its segments. Runs in every compile.
#pragma once

#include "mlir/IR/BuiltinOps.h"

namespace cnx {

// Reports every broken rule at its place; the rules are listed in README.md, one test each in
// tests/lit/plan.
mlir::LogicalResult checkPlan(mlir::ModuleOp plan);

} // namespace cnx
