// How a parameter without a file is filled; both dialects name it.
#pragma once

#include "mlir/IR/OpImplementation.h"

#include "ir/Initialiser.h.inc"
