// The part of the layout pass that turns gradients into the form of their parameters.
#pragma once

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace cnx {

// Every result `grad.<parameter>` in the packed form in which the parameter lives: the ops that
// make it become packed, others keep what they had. The function's type follows.
llvm::LogicalResult packGradients(mlir::func::FuncOp function);

} // namespace cnx
