// From a location to the layer's path, and into diagnostics.
#include "ir/Layer.h"
#include "tests/support/catch.h"
#include "tests/unit/ir/Text.h"

#include "mlir/IR/Builders.h"

using namespace cnx;
using namespace mlir;

TEST_CASE("the layer of a location", "[ir]") {
  test::Context context;
  MLIRContext *mlir = &context.mlir();
  auto file = FileLineColLoc::get(mlir, "model.json", 3, 5);
  auto named = [&](const char *path) -> Location {
    return NameLoc::get(StringAttr::get(mlir, path), file);
  };
  auto fused = [&](llvm::ArrayRef<Location> parts) { return FusedLoc::get(mlir, parts); };

  CHECK(ir::layerOf(file).empty());
  CHECK(ir::layerOf(UnknownLoc::get(mlir)).empty());
  CHECK(ir::layerOf(named("stages.2.blocks.5.norm")) == "stages.2.blocks.5.norm");
  CHECK(ir::layerOf(NameLoc::get(StringAttr::get(mlir, "outer"), named("inner"))) == "outer");

  CHECK(ir::layerOf(fused({file, named("head.fc")})) == "head.fc");
  CHECK(ir::layerOf(fused({named("stages.2.blocks.5.conv_dw"), named("stages.2.blocks.5.norm")})) ==
        "stages.2.blocks.5");
  CHECK(ir::layerOf(fused({named("stages.1.blocks.1"), named("stages.1.blocks.12")})) ==
        "stages.1.blocks");
  CHECK(ir::layerOf(fused({named("stages.1"), named("stages.1.blocks.0")})) == "stages.1");
  CHECK(ir::layerOf(fused({named("stem"), named("head")})) == "stem");
  CHECK(ir::layerOf(fused({named("stem.0"), fused({named("stem.1"), named("stem.1")})})) == "stem");
  CHECK(ir::layerOf(FusedLoc::get(mlir, {file, FileLineColLoc::get(mlir, "m", 1, 1)})).empty());

  CHECK(ir::layerOf(CallSiteLoc::get(named("callee"), named("caller"))) == "callee");
  CHECK(ir::layerOf(CallSiteLoc::get(file, named("caller"))) == "caller");
}

TEST_CASE("diagnostics say in which layer, and still reach the printer", "[ir]") {
  test::Context context;
  MLIRContext *mlir = &context.mlir();
  Location where = NameLoc::get(StringAttr::get(mlir, "stages.0.blocks.1.norm"),
                                FileLineColLoc::get(mlir, "model.json", 3, 5));
  {
    ir::LayerNotes notes(mlir);
    emitError(where) << "eps is 0";
    emitError(UnknownLoc::get(mlir)) << "nowhere";
  }
  emitError(where) << "after";
  CHECK(context.messages() == std::vector<std::string>{"eps is 0",
                                                       "note: in layer stages.0.blocks.1.norm",
                                                       "nowhere", "after"});
}
