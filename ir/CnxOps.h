// The ops of `cnx`. Result types are inferred, so builders take operands and attributes only;
// shapes that do not fit are reported at the given location, and `create` then aborts: check shapes
// before where they come from a user.
#pragma once

#include "ir/CnxDialect.h"
#include "ir/CnxInterfaces.h"
#include "ir/Doubles.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#define GET_OP_CLASSES
#include "ir/CnxOps.h.inc"

namespace cnx::ir {

// Computed at compile time: an op of weight expressions, a parameter's value, a constant.
bool isWeightOnly(mlir::Operation *op);
// The result of such an op.
bool isWeight(mlir::Value value);
// Names of the parameters that such an op depends on, from left to right.
llvm::SmallVector<llvm::StringRef> parametersOf(mlir::Operation *op);

} // namespace cnx::ir
