// The dialect `cnx`: maths on tensors. Its ops are in CnxOps.h.
#pragma once

#include "ir/Initialiser.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Dialect.h"

#include "ir/CnxDialect.h.inc"

#define GET_ATTRDEF_CLASSES
#include "ir/CnxAttributes.h.inc"

namespace cnx::ir {

// Names of the attributes that modules, arguments and results carry.
inline constexpr llvm::StringLiteral kNameAttr = "cnx.name"; // string
inline constexpr llvm::StringLiteral kInfoAttr = "cnx.info"; // string: JSON, carried unread

} // namespace cnx::ir
