#include "tests/unit/passes/DifferentiateRun.h"

#include "compiler/passes/Passes.h"
#include "ir/CnxOps.h"
#include "ir/Layer.h"
#include "tests/support/catch.h"

#include "mlir/Pass/PassManager.h"

#include <cmath>

using namespace mlir;

namespace cnx::test {

std::vector<std::string> differentiate(ModuleOp module, const std::string &trainable,
                                       bool inputGradient) {
  std::vector<std::string> messages;
  ScopedDiagnosticHandler handler(module.getContext(), [&](Diagnostic &diagnostic) {
    messages.push_back(diagnostic.str());
    return success();
  });
  DifferentiateOptions options;
  options.trainable = trainable;
  options.inputGradient = inputGradient;
  PassManager passes(module.getContext());
  passes.addPass(createDifferentiate(options));
  const bool succeeds = succeeded(passes.run(module));
  CHECK(succeeds == messages.empty());
  return messages;
}

func::FuncOp functionNamed(ModuleOp module, const std::string &prefix) {
  for (auto function : module.getOps<func::FuncOp>())
    if (function.getName().starts_with(prefix))
      return function;
  FAIL("no function @" << prefix);
  return {};
}

void addLabels(ir::NamedTensors &inputs, const std::vector<int64_t> &labels, int64_t classes,
               double smoothing) {
  const auto count = static_cast<int64_t>(labels.size());
  ir::HostTensor targets({count, classes}), weight({count});
  for (double &target : targets.values)
    target = smoothing / static_cast<double>(classes);
  for (int64_t n = 0; n < count; ++n) {
    targets.at({n, labels[static_cast<size_t>(n)]}) += 1 - smoothing;
    weight[n] = 1.0 / static_cast<double>(count);
  }
  inputs["targets"] = targets;
  inputs["weight"] = weight;
}

double norm(const ir::HostTensor &tensor) {
  double sum = 0;
  for (double value : tensor.values)
    sum += value * value;
  return std::sqrt(sum);
}

double normOfDifference(const ir::HostTensor &a, const ir::HostTensor &b) {
  REQUIRE(a.values.size() == b.values.size());
  double sum = 0;
  for (int64_t i = 0; i < a.size(); ++i)
    sum += (a[i] - b[i]) * (a[i] - b[i]);
  return std::sqrt(sum);
}

std::vector<std::string> backwardOps(func::FuncOp function) {
  std::vector<std::string> ops;
  function.walk([&](Operation *op) {
    if (!ir::isWeightOnly(op) && StringRef(ir::layerOf(op->getLoc())).ends_with("#bwd"))
      ops.push_back(op->getName().stripDialect().str());
  });
  return ops;
}

} // namespace cnx::test
