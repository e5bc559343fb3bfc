#include "compiler/passes/GroupLocation.h"
#include "ir/Layer.h"
#include "tests/support/catch.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/MLIRContext.h"

static std::string groupName(std::initializer_list<const char *> ops, const char *fusion) {
  mlir::MLIRContext context;
  std::vector<mlir::Location> locations;
  for (const char *op : ops)
    locations.push_back(mlir::NameLoc::get(mlir::StringAttr::get(&context, op)));
  return cnx::ir::layerOf(cnx::groupLocation(&context, locations, fusion));
}

TEST_CASE("a group is named by the path that its ops share") {
  CHECK(groupName({"b.5.conv_dw", "b.5.norm"}, "dwconv_norm") == "b.5.dwconv_norm");
  CHECK(groupName({"b.5.mlp.fc1", "b.5.mlp.act", "b.5.mlp.fc2"}, "mlp") == "b.5.mlp");
  CHECK(groupName({"head.global_pool", "head.norm", "head.fc"}, "head") == "head");
  CHECK(groupName({"stem.image", "stem.0", "stem.1", "stem.1"}, "stem") == "stem");
}

TEST_CASE("a group in one layer, or one that has the block's own op, keeps the name") {
  CHECK(groupName({"stem.0"}, "single") == "stem.0");
  CHECK(groupName({"head.norm", "head.norm"}, "norm") == "head.norm");
  CHECK(groupName({"b.5.mlp.fc1", "b.5"}, "mlp") == "b.5");
}
