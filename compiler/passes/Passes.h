// The passes as classes; declared in Passes.td.
#pragma once

#include "mlir/Pass/Pass.h"

#include <memory>

namespace mlir::func {
class FuncOp;
} // namespace mlir::func

namespace cnx {

#define GEN_PASS_DECL
#include "compiler/passes/Passes.h.inc"

// Makes every pass and the pipelines --cnx-to-ir and --cnx-to-fused known to cnx-opt.
void registerCnxPasses();

} // namespace cnx
