// How lists of doubles read in the text of both dialects: `custom<Doubles>($values)`. Upstream's
// own form of these attributes keeps six digits, and any dump must be one that can be compiled on
// from.
#pragma once

#include "mlir/IR/OpImplementation.h"

namespace cnx {

// "[0.1, 123.675, 1.0e-06]": of each number the shortest text that reads back as the same bits.
void printDoubles(mlir::OpAsmPrinter &printer, mlir::Operation *op, mlir::DenseF64ArrayAttr values);
mlir::ParseResult parseDoubles(mlir::OpAsmParser &parser, mlir::DenseF64ArrayAttr &values);

} // namespace cnx
