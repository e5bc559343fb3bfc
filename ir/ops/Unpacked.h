// Derivatives are taken before the layout pass: a gradient has the parameter's own shape.
#pragma once

#include "ir/CnxOps.h"

namespace cnx::ir {

// Reports unless the weight has the rank of PyTorch's order.
inline mlir::LogicalResult requireUnpacked(mlir::Operation *op, mlir::Value weight, int64_t rank) {
  auto type = mlir::cast<mlir::RankedTensorType>(weight.getType());
  if (type.getRank() == rank)
    return mlir::success();
  return op->emitOpError() << "has no derivative by a packed weight of type " << type;
}

} // namespace cnx::ir
