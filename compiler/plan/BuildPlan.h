// From kernels on tensors to launches on buffers.
#pragma once

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <optional>

namespace cnx {

// `fused` is a module whose functions hold kernels and weight expressions only (cnx-check-fused);
// it stays as it is. In the plan each function is a program, kernels of equal graphs and weights of
// equal expressions are one, and every activation inside is a plan.alloc, which assignMemory turns
// into a view of @arena. Nothing where an error has been reported.
std::optional<mlir::OwningOpRef<mlir::ModuleOp>> buildPlan(mlir::ModuleOp fused);

// An in-place result lies where its operand lay, so the buffer alone does not say which of them a
// launch reads. A launch says it by this attribute, an integer a buffer: how many launches have
// written there before. Where it is absent: one, that is, what the first writer left.
inline constexpr llvm::StringLiteral kVersionsAttr = "plan.versions";

} // namespace cnx
