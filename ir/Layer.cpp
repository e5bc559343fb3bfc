#include "ir/Layer.h"

#include "mlir/IR/BuiltinAttributes.h"

using namespace mlir;

namespace cnx::ir {
namespace {

// Leading parts that both paths have.
StringRef sharedPath(StringRef a, StringRef b) {
  size_t end = 0;
  for (size_t i = 0; i <= std::min(a.size(), b.size()); ++i) {
    bool aEnds = i == a.size() || a[i] == '.', bEnds = i == b.size() || b[i] == '.';
    if (aEnds && bEnds)
      end = i;
    if (i == a.size() || i == b.size() || a[i] != b[i])
      break;
  }
  return a.take_front(end);
}

} // namespace

std::string layerOf(Location location) {
  if (auto name = dyn_cast<NameLoc>(location))
    return name.getName().str();
  if (auto call = dyn_cast<CallSiteLoc>(location)) {
    std::string callee = layerOf(call.getCallee());
    return callee.empty() ? layerOf(call.getCaller()) : callee;
  }
  auto fused = dyn_cast<FusedLoc>(location);
  if (!fused)
    return {};
  std::string first, shared;
  for (Location part : fused.getLocations()) {
    std::string layer = layerOf(part);
    if (layer.empty())
      continue;
    if (first.empty())
      first = shared = layer;
    else
      shared = sharedPath(shared, layer).str();
  }
  return shared.empty() ? first : shared;
}

LayerNotes::LayerNotes(MLIRContext *context) : ScopedDiagnosticHandler(context) {
  setHandler([](Diagnostic &diagnostic) {
    std::string layer = layerOf(diagnostic.getLocation());
    if (!layer.empty())
      diagnostic.attachNote() << "in layer " << layer;
    return failure();
  });
}

} // namespace cnx::ir
