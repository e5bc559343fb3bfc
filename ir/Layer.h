// The layer that a location names, and how it reaches the user.
#pragma once

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Location.h"

#include <string>

namespace cnx::ir {

// The layer's path ("stages.2.blocks.5.conv_dw"), empty where the location has none. Of a fused
// location the path that its parts share ("stages.2.blocks.5"), or the first part's where they
// share none; of a call, the callee's before the caller's.
std::string layerOf(mlir::Location location);

// While it lives, every diagnostic gets a note "in layer ..." where its location knows one; the
// context's other handlers still see it. Make it after the handler that prints.
class LayerNotes : public mlir::ScopedDiagnosticHandler {
public:
  explicit LayerNotes(mlir::MLIRContext *context);
};

} // namespace cnx::ir
