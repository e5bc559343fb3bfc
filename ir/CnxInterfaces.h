// What every op of `cnx` can be asked: its value in double, its cost.
#pragma once

#include "ir/HostTensor.h"

#include "mlir/IR/OpDefinition.h"

namespace cnx::ir {

// Bytes of the op's operands and results, each once.
int64_t touchedBytes(mlir::Operation *op);

// On ops whose value is computed at compile time from parameters.
template <typename ConcreteOp>
class WeightOnly : public mlir::OpTrait::TraitBase<ConcreteOp, WeightOnly> {};

} // namespace cnx::ir

#include "ir/CnxInterfaces.h.inc"
