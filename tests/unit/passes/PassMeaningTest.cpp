// No pass changes what a network computes: random networks, evaluated in double by the reference
// before and after.
#include "compiler/passes/Passes.h"
#include "compiler/passes/Pipeline.h"
#include "tests/support/catch.h"
#include "tests/unit/passes/RandomNet.h"

#include "ir/CnxOps.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"

#include <cmath>

using namespace cnx;

namespace {

struct Subject {
  mlir::MLIRContext context{mlir::MLIRContext::Threading::DISABLED};
  mlir::OwningOpRef<mlir::ModuleOp> module;

  explicit Subject(const std::string &text) {
    context.loadDialect<ir::CnxDialect, mlir::func::FuncDialect>();
    module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    INFO(text);
    REQUIRE(module);
  }
  mlir::func::FuncOp function() { return *module->getOps<mlir::func::FuncOp>().begin(); }

  ir::NamedTensors evaluate(uint64_t seed) {
    auto results = ir::evaluate(function(), test::randomInputs(function(), seed),
                                test::randomWeights(*module, seed));
    REQUIRE(mlir::succeeded(results));
    return *results;
  }
};

// Largest difference over the largest value, over all results.
double distance(const ir::NamedTensors &a, const ir::NamedTensors &b) {
  REQUIRE(a.size() == b.size());
  double worst = 0;
  for (const auto &[name, tensor] : a) {
    const ir::HostTensor &other = b.at(name);
    REQUIRE(tensor.shape == other.shape);
    double scale = 0, difference = 0;
    for (int64_t i = 0; i < tensor.size(); ++i) {
      REQUIRE(std::isfinite(other[i]));
      scale = std::max(scale, std::abs(tensor[i]));
      difference = std::max(difference, std::abs(tensor[i] - other[i]));
    }
    REQUIRE(scale > 0);
    worst = std::max(worst, difference / scale);
  }
  return worst;
}

struct Step {
  const char *name;
  std::unique_ptr<mlir::Pass> (*create)();
};

std::unique_ptr<mlir::Pass> formKernels() { return createFormKernels(FormKernelsOptions{}); }

// Every pass that rewrites, in the pipeline's order.
const Step kSteps[] = {
    {"SplitGrn", createSplitGrn},
    {"FoldInputNormalization", createFoldInputNormalization},
    {"FoldNormAffine", createFoldNormAffine},
    {"FoldLayerScale", createFoldLayerScale},
    {"FoldGrnBias", createFoldGrnBias},
    {"ApplyLayout", createApplyLayout},
    {"AccumulateGradients", createAccumulateGradients},
    {"SeparateOutputs", createSeparateOutputs},
    {"FormKernels", formKernels},
};

bool foldsOnlyFrozen(mlir::ModuleOp module) {
  bool fine = true;
  module.walk([&](mlir::Operation *op) {
    if (!mlir::isa<ir::FoldInOp, ir::FoldOutOp, ir::FoldBiasOp>(op))
      return;
    for (mlir::Value operand : op->getOperands())
      if (auto get = operand.getDefiningOp<ir::GetWeightOp>())
        fine &= module.lookupSymbol<ir::WeightOp>(get.getName()).getFrozen();
  });
  return fine;
}

} // namespace

TEST_CASE("each pass alone, after the ones before it") {
  for (uint64_t seed = 0; seed < 60; ++seed)
    for (bool frozen : {true, false}) {
      const std::string text =
          test::randomNet(seed, {.frozen = frozen, .batch = 1 + int(seed % 2)});
      Subject subject(text);
      const ir::NamedTensors before = subject.evaluate(seed);
      for (const Step &step : kSteps) {
        INFO("seed " << seed << " frozen " << frozen << " pass " << step.name << "\n" << text);
        mlir::PassManager passes(&subject.context);
        passes.addNestedPass<mlir::func::FuncOp>(step.create());
        REQUIRE(mlir::succeeded(passes.run(*subject.module)));
        REQUIRE(distance(before, subject.evaluate(seed)) < 1e-12);
      }
      CHECK(foldsOnlyFrozen(*subject.module));
    }
}

TEST_CASE("the whole pipeline, with and without fusion") {
  for (uint64_t seed = 100; seed < 160; ++seed)
    for (bool fusion : {true, false}) {
      const std::string text = test::randomNet(seed, {.frozen = seed % 3 != 0});
      INFO("seed " << seed << "\n" << text);
      Subject subject(text);
      const ir::NamedTensors before = subject.evaluate(seed);
      mlir::PassManager passes(&subject.context);
      PipelineOptions options;
      options.fusion = fusion;
      buildPipeline(passes, options, IrPhase::fused);
      REQUIRE(mlir::succeeded(passes.run(*subject.module)));
      CHECK(distance(before, subject.evaluate(seed)) < 1e-12);
    }
}

TEST_CASE("a phase's dump can be compiled on from, and a second run changes nothing") {
  for (uint64_t seed = 200; seed < 220; ++seed) {
    Subject subject(test::randomNet(seed));
    auto text = [&] {
      std::string out;
      llvm::raw_string_ostream stream(out);
      subject.module->print(stream, mlir::OpPrintingFlags().enableDebugInfo());
      return out;
    };
    auto run = [&](auto... range) {
      mlir::PassManager passes(&subject.context);
      buildPipeline(passes, {}, range...);
      REQUIRE(mlir::succeeded(passes.run(*subject.module)));
      return text();
    };
    const std::string ir = run(IrPhase::ir);
    CHECK(run(IrPhase::ir) == ir);
    const std::string fused = run(IrPhase::ir, IrPhase::fused);
    CHECK(run(IrPhase::fused, IrPhase::fused) == fused);
    CHECK(run(IrPhase::ir, IrPhase::fused) == fused);
  }
}
