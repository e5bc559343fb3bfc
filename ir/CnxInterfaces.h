// What every op of `cnx` can be asked: its value in double, its cost, its derivative.
#pragma once

#include "ir/HostTensor.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/OpDefinition.h"
#include "llvm/ADT/BitVector.h"

namespace cnx::ir {

// Bytes of the op's operands and results, each once.
int64_t touchedBytes(mlir::Operation *op);

// On ops whose value is computed at compile time from parameters.
template <typename ConcreteOp>
class WeightOnly : public mlir::OpTrait::TraitBase<ConcreteOp, WeightOnly> {};

// On ops that are never differentiated: parameters and what is computed from them at compile time,
// bytes, kernels, and the derivatives themselves.
template <typename ConcreteOp>
class NoAdjoint : public mlir::OpTrait::TraitBase<ConcreteOp, NoAdjoint> {};

// Behind the layer's path of an op's derivative.
inline constexpr llvm::StringLiteral kBackwardMark = "#bwd";
// Where an op's derivative stands: the layer's path, marked. A location without a layer stays as it
// is.
mlir::Location backwardLocation(mlir::Location forward);
bool isBackward(mlir::Operation *op); // stands at such a location

} // namespace cnx::ir

#include "ir/CnxInterfaces.h.inc"
