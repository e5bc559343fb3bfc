#include "ir/CnxInterfaces.h"
#include "ir/Layer.h"

#include "mlir/IR/BuiltinAttributes.h"

using namespace mlir;

namespace cnx::ir {

Location backwardLocation(Location forward) {
  std::string layer = layerOf(forward);
  if (layer.empty())
    return forward;
  auto name = StringAttr::get(forward.getContext(), layer + kBackwardMark);
  auto named = dyn_cast<NameLoc>(forward);
  return NameLoc::get(name, named ? named.getChildLoc() : forward);
}

bool isBackward(Operation *op) { return StringRef(layerOf(op->getLoc())).ends_with(kBackwardMark); }

} // namespace cnx::ir
