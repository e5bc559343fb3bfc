// Gives every plan.alloc an address.
#pragma once

#include "mlir/IR/BuiltinOps.h"

namespace cnx {

// Each program is packed on its own (MemoryPlanner.h): nothing lives from one program to the next.
// @arena gets the size of the largest. Each program gets `plan.live_bytes`, the most bytes that are
// alive at one of its launches: no arena could be smaller.
mlir::LogicalResult assignMemory(mlir::ModuleOp plan);

inline constexpr llvm::StringLiteral kLiveBytesAttr = "plan.live_bytes";

} // namespace cnx
