// May a weight be folded? Only if no training step will change it.
#pragma once

#include "mlir/IR/Value.h"

namespace cnx {

// Whether the value is computed at compile time from frozen parameters and constants alone. An
// absent value is.
bool isFrozen(mlir::Value weight);

} // namespace cnx
