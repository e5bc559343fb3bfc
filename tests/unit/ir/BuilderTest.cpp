// Building IR in C++: no result types, locations carried, the module verifies and survives its own
// text.
#include "ir/CnxOps.h"
#include "ir/PlanOps.h"
#include "tests/support/catch.h"
#include "tests/unit/ir/Text.h"

#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"

using namespace cnx;
using namespace mlir;

namespace {

std::string print(Operation *op) {
  std::string text;
  llvm::raw_string_ostream(text) << *op;
  return text;
}

} // namespace

TEST_CASE("cnx ops infer their results when built", "[ir]") {
  test::Context context;
  MLIRContext *mlir = &context.mlir();
  OpBuilder builder(mlir);
  Location loc = NameLoc::get(builder.getStringAttr("stem"));
  OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
  builder.setInsertionPointToEnd(module->getBody());
  auto tensor = [&](llvm::ArrayRef<int64_t> shape) {
    return RankedTensorType::get(shape, builder.getF32Type());
  };
  auto weight = ir::WeightOp::create(
      builder, loc, "stem.0.weight", tensor({8, 3, 4, 4}), builder.getStringAttr("m.safetensors"),
      builder.getStringAttr("stem.0.weight"), Initialiser::zeros, 0.0, 0, /*frozen=*/true,
      /*stored=*/nullptr);
  auto function = func::FuncOp::create(builder, loc, "forward_b1",
                                       builder.getFunctionType({tensor({1, 9, 8, 3})}, {}));
  builder.setInsertionPointToStart(function.addEntryBlock());
  Value w = ir::GetWeightOp::create(builder, loc, weight);
  Value image = function.getArgument(0);
  auto stem = ir::PatchConvOp::create(builder, loc, image, w, /*bias=*/Value(), 4, 8);
  CHECK(stem.getType() == tensor({1, 2, 2, 8}));
  auto norm = ir::LayerNormOp::create(builder, loc, stem, 1e-6);
  CHECK(norm.getRstd().getType() == tensor({1, 2, 2}));
  CHECK(norm.getEps() == 1e-6);
  ir::MeanPoolOp::create(builder, loc, norm.getXhat());
  func::ReturnOp::create(builder, loc);
  REQUIRE(succeeded(verify(*module)));
  CHECK(weight.getFrozen());

  std::string text = print(*module);
  auto again = parseSourceString<ModuleOp>(text, mlir);
  REQUIRE(again);
  CHECK(print(*again) == text);
}

TEST_CASE("a program is built empty and filled", "[ir]") {
  test::Context context;
  MLIRContext *mlir = &context.mlir();
  OpBuilder builder(mlir);
  Location loc = NameLoc::get(builder.getStringAttr("stem"));
  OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
  builder.setInsertionPointToEnd(module->getBody());
  plan::ParameterOp::create(builder, loc, "p", llvm::ArrayRef<int64_t>{8, 3}, StringAttr(),
                            StringAttr(), Initialiser::truncatedNormal, 0.02, 7,
                            /*stored=*/nullptr);
  plan::SegmentOp::create(builder, loc, "arena", plan::SegmentKind::arena, 0);
  plan::KernelOp::create(builder, loc, "k", "single", "{}", builder.getStrArrayAttr({"r", "w"}), 1,
                         10, 20);
  auto program = plan::ProgramOp::create(builder, loc, "forward_b1", "forward", 1);
  builder.setInsertionPointToEnd(&program.getBody().front());
  auto type = plan::BufferType::get({1, 2, 2, 8}, builder.getF32Type(), 16);
  Value in = plan::ViewOp::create(builder, loc, type, "arena", 64);
  Value out = plan::AllocOp::create(builder, loc, type);
  auto launch = plan::LaunchOp::create(builder, loc, "k", ValueRange{in, out},
                                       llvm::ArrayRef<double>{1e-6}, 0);
  CHECK(launch.getScalars()[0] == 1e-6);
  REQUIRE(succeeded(verify(*module)));

  std::string text = print(*module);
  auto again = parseSourceString<ModuleOp>(text, mlir);
  REQUIRE(again);
  CHECK(print(*again) == text);
}
