// What every later phase relies on and no single op can see: names. Layers name launches, comments
// and diagnostics; the names of arguments and results become the caller's.
#include "compiler/passes/Passes.h"

#include "ir/CnxOps.h"
#include "ir/Layer.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;

namespace cnx {
#define GEN_PASS_DEF_CHECKIR
#include "compiler/passes/Passes.h.inc"

namespace {

class CheckIr : public impl::CheckIrBase<CheckIr> {
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (!function.getBody().hasOneBlock()) {
      function.emitError("expected a body of one block");
      return signalPassFailure();
    }
    for (unsigned i = 0; i < function.getNumArguments(); ++i)
      checkName("argument", i, function.getArgAttrOfType<StringAttr>(i, ir::kNameAttr));
    for (unsigned i = 0; i < function.getNumResults(); ++i)
      checkName("result", i, function.getResultAttrOfType<StringAttr>(i, ir::kNameAttr));
    names.clear();
    for (Operation &op : function.getBody().front().without_terminator())
      if (ir::layerOf(op.getLoc()).empty()) {
        op.emitOpError("has no layer: expected a location loc(\"layer.path\")");
        signalPassFailure();
      }
  }

  void checkName(StringRef what, unsigned index, StringAttr name) {
    if (!name || name.getValue().empty()) {
      getOperation().emitError() << what << " " << index << " has no " << ir::kNameAttr;
      return signalPassFailure();
    }
    if (!names.insert(name.getValue()).second) {
      getOperation().emitError() << what << " " << index << ": name \"" << name.getValue()
                                 << "\" is taken";
      signalPassFailure();
    }
  }

  llvm::StringSet<> names; // of this function's arguments and results
};

} // namespace
} // namespace cnx
