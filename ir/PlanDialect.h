// The dialect `plan`: bytes. Its ops are in PlanOps.h.
#pragma once

#include "ir/Initialiser.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"

#include "ir/SegmentKind.h.inc"

#include "ir/PlanDialect.h.inc"

#define GET_ATTRDEF_CLASSES
#include "ir/PlanAttributes.h.inc"

#define GET_TYPEDEF_CLASSES
#include "ir/PlanTypes.h.inc"

namespace cnx::plan {

// Every view starts at a multiple of this many bytes of its segment; that of one number at a
// multiple of its size.
inline constexpr int64_t kAlignment = 64;

// Of one element of what the weight expression makes: what `round_bf16` has rounded is stored so.
inline int64_t storedBytes(llvm::StringRef expression) {
  return expression.starts_with("round_bf16(") ? 2 : 4;
}

} // namespace cnx::plan
