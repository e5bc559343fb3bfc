#include "compiler/passes/GroupLocation.h"

#include "ir/Layer.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace cnx {

Location groupLocation(MLIRContext *context, ArrayRef<Location> ops, StringRef fusion) {
  const Location fused = FusedLoc::get(context, ops);
  std::string path = ir::layerOf(fused);
  const bool isLayer = llvm::any_of(ops, [&](Location op) { return ir::layerOf(op) == path; });
  if (!isLayer && fusion != path && !StringRef(path).ends_with(("." + fusion).str())) {
    if (!path.empty())
      path += '.';
    path += fusion.str();
  }
  return NameLoc::get(StringAttr::get(context, path), fused);
}

} // namespace cnx
