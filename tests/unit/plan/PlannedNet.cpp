#include "tests/unit/plan/PlannedNet.h"

#include "compiler/plan/AssignMemory.h"
#include "compiler/plan/BuildPlan.h"
#include "compiler/plan/CheckPlan.h"
#include "tests/support/catch.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"

namespace cnx::test {

const char *const kSmallNet = R"(
module attributes {cnx.name = "small", cnx.info = "{\22labels\22: []}"} {
cnx.weight @fc1.weight : tensor<40x20xf32> {frozen, file = "m.safetensors", tensor = "model.fc1.weight"}
cnx.weight @fc1.bias : tensor<40xf32> {frozen}
cnx.weight @fc2.weight : tensor<20x40xf32> {frozen, init = #cnx<init trunc_normal>, init_value = 0.02, seed = 7 : i64}
func.func @forward_b1(%x: tensor<1x4x4x20xf32> {cnx.name = "image"}) -> (tensor<1x20xf32> {cnx.name = "pooled"}) {
  %n, %r = cnx.layer_norm %x eps = 1.0e-6 : tensor<1x4x4x20xf32> loc("norm")
  %w1 = cnx.get_weight @fc1.weight : tensor<40x20xf32> loc("fc1")
  %b1 = cnx.get_weight @fc1.bias : tensor<40xf32> loc("fc1")
  %h = cnx.linear %n, %w1, %b1 features = 40 : tensor<1x4x4x20xf32>, tensor<40x20xf32>, tensor<40xf32> loc("fc1")
  %a = cnx.gelu %h : tensor<1x4x4x40xf32> loc("act")
  %w2 = cnx.get_weight @fc2.weight : tensor<20x40xf32> loc("fc2")
  %z = cnx.linear %a, %w2 features = 20 : tensor<1x4x4x40xf32>, tensor<20x40xf32> loc("fc2")
  %o = cnx.add %n, %z : tensor<1x4x4x20xf32>, tensor<1x4x4x20xf32> loc("add")
  %p = cnx.mean_pool %o : tensor<1x4x4x20xf32> loc("pool")
  return %p : tensor<1x20xf32>
}
func.func @forward_b2(%x: tensor<2x4x4x20xf32> {cnx.name = "image"}) -> (tensor<2x20xf32> {cnx.name = "pooled"}) {
  %n, %r = cnx.layer_norm %x eps = 1.0e-6 : tensor<2x4x4x20xf32> loc("norm")
  %w1 = cnx.get_weight @fc1.weight : tensor<40x20xf32> loc("fc1")
  %b1 = cnx.get_weight @fc1.bias : tensor<40xf32> loc("fc1")
  %h = cnx.linear %n, %w1, %b1 features = 40 : tensor<2x4x4x20xf32>, tensor<40x20xf32>, tensor<40xf32> loc("fc1")
  %a = cnx.gelu %h : tensor<2x4x4x40xf32> loc("act")
  %w2 = cnx.get_weight @fc2.weight : tensor<20x40xf32> loc("fc2")
  %z = cnx.linear %a, %w2 features = 20 : tensor<2x4x4x40xf32>, tensor<20x40xf32> loc("fc2")
  %o = cnx.add %n, %z : tensor<2x4x4x20xf32>, tensor<2x4x4x20xf32> loc("add")
  %p = cnx.mean_pool %o : tensor<2x4x4x20xf32> loc("pool")
  return %p : tensor<2x20xf32>
}
})";

static PipelineOptions inference(bool fusion) {
  PipelineOptions options;
  options.fusion = fusion;
  return options;
}

static PipelineOptions trained(const Training &training) {
  PipelineOptions options;
  options.train = true;
  options.fusion = training.fusion;
  options.optimizer = training.adamw ? "adamw" : "sgd";
  options.ema = training.ema;
  options.gradients = training.gradients;
  options.keepTransposed = training.keepTransposed;
  return options;
}

PlannedNet::PlannedNet(const std::string &text, bool fusion, bool fused)
    : PlannedNet(text, inference(fusion), fused) {}

PlannedNet::PlannedNet(const std::string &text, const Training &training)
    : PlannedNet(text, trained(training), false) {}

PlannedNet::PlannedNet(const std::string &text, const PipelineOptions &options, bool fused) {
  context.printOpOnDiagnostic(false); // messages alone
  context.loadDialect<ir::CnxDialect, plan::PlanDialect, mlir::func::FuncDialect>();
  auto source = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  REQUIRE(source);
  mlir::PassManager passes(&context);
  if (!fused)
    buildPipeline(passes, options, IrPhase::fused);
  REQUIRE(mlir::succeeded(passes.run(*source)));
  auto built = buildPlan(*source);
  REQUIRE(built);
  module = std::move(*built);
  REQUIRE(mlir::succeeded(assignMemory(*module)));
  REQUIRE(mlir::succeeded(mlir::verify(*module)));
}

plan::ProgramOp PlannedNet::program(size_t index) {
  return *std::next(module->getOps<plan::ProgramOp>().begin(), std::ptrdiff_t(index));
}

plan::LaunchOp PlannedNet::launch(llvm::StringRef kernel, size_t of) {
  for (auto candidate : program(of).getOps<plan::LaunchOp>())
    if (candidate.getKernel().starts_with(kernel))
      return candidate;
  FAIL("no launch of " << kernel.str());
  return {};
}

plan::ViewOp PlannedNet::view(llvm::StringRef kernel, unsigned argument, size_t of) {
  return launch(kernel, of).getBuffers()[argument].getDefiningOp<plan::ViewOp>();
}

plan::SegmentOp PlannedNet::segment(llvm::StringRef name) {
  return module->lookupSymbol<plan::SegmentOp>(name);
}

std::string complaints(mlir::ModuleOp plan) {
  std::string text;
  mlir::ScopedDiagnosticHandler handler(plan.getContext(), [&](mlir::Diagnostic &diagnostic) {
    text += diagnostic.str() + "\n";
    for (mlir::Diagnostic &note : diagnostic.getNotes())
      text += "note: " + note.str() + "\n";
    return mlir::success();
  });
  const bool sound = mlir::succeeded(checkPlan(plan));
  CHECK(sound == text.empty());
  return text;
}

} // namespace cnx::test
