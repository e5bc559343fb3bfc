// MLIR's diagnostics in the driver's words.
#pragma once

#include "mlir/IR/Diagnostics.h"

#include <string>

namespace cnx {

// While it lives, errors are collected and remarks (of --explain) go to stderr, a line each:
// "FILE:LINE: text" where the location has a file, "LAYER: text" where it only knows its layer.
class DiagnosticText {
public:
  explicit DiagnosticText(mlir::MLIRContext &context);

  const std::string &errors() const { return errors_; } // lines, without the last line break

private:
  std::string errors_;
  mlir::ScopedDiagnosticHandler handler_;
};

} // namespace cnx
