// The location of a kernel: one layer's name for the ops that form it.
#pragma once

#include "mlir/IR/Location.h"

namespace cnx {

// Named by the path that the ops share and, where that is not one of their own paths, by the
// fusion: "stages.2.blocks.5.mlp" of norm, fc1, act and fc2. The ops' own locations stay below it.
mlir::Location groupLocation(mlir::MLIRContext *context, llvm::ArrayRef<mlir::Location> ops,
                             llvm::StringRef fusion);

} // namespace cnx
