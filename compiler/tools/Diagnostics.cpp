#include "compiler/tools/Diagnostics.h"

#include "ir/Layer.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Location.h"

#include <fmt/format.h>

namespace cnx {

namespace {

std::string lineOf(mlir::Diagnostic &diagnostic) {
  std::string where;
  diagnostic.getLocation()->walk([&](mlir::Location part) {
    auto file = mlir::dyn_cast<mlir::FileLineColRange>(part);
    if (!file)
      return mlir::WalkResult::advance();
    where = fmt::format("{}:{}: ", file.getFilename().str(), file.getStartLine());
    return mlir::WalkResult::interrupt();
  });
  std::string layer = ir::layerOf(diagnostic.getLocation());
  if (!layer.empty())
    where += layer + ": ";
  return where + diagnostic.str();
}

} // namespace

DiagnosticText::DiagnosticText(mlir::MLIRContext &context)
    : handler_(&context, [this](mlir::Diagnostic &diagnostic) {
        std::string line = lineOf(diagnostic);
        for (mlir::Diagnostic &note : diagnostic.getNotes())
          line += "\n  " + note.str();
        if (diagnostic.getSeverity() == mlir::DiagnosticSeverity::Error)
          errors_ += (errors_.empty() ? "" : "\n") + line;
        else
          fmt::print(stderr, "{}\n", line);
        return mlir::success();
      }) {}

} // namespace cnx
