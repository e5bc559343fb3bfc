#include "tests/unit/ir/Text.h"

#include "ir/CnxDialect.h"
#include "ir/PlanDialect.h"
#include "tests/support/catch.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"

#include <algorithm>
#include <cmath>

namespace cnx::test {

Context::Context() {
  context.loadDialect<ir::CnxDialect, plan::PlanDialect, mlir::func::FuncDialect>();
  context.getDiagEngine().registerHandler([this](mlir::Diagnostic &diagnostic) {
    reported.push_back(diagnostic.str());
    for (mlir::Diagnostic &note : diagnostic.getNotes())
      reported.push_back("note: " + note.str());
    return mlir::success();
  });
}

Program::Program(const std::string &text)
    : owned(mlir::parseSourceString<mlir::ModuleOp>(text, &context.mlir())) {
  for (const std::string &message : context.messages())
    UNSCOPED_INFO(message);
  REQUIRE(owned);
}

mlir::func::FuncOp Program::function() { return first<mlir::func::FuncOp>(); }

std::vector<ir::HostTensor> Program::run(const std::vector<ir::HostTensor> &arguments) {
  ir::NamedTensors inputs;
  for (std::size_t i = 0; i < arguments.size(); ++i)
    inputs["arg" + std::to_string(i)] = arguments[i];
  auto results =
      ir::evaluate(function(), inputs, [](const std::string &) { return std::vector<double>(); });
  for (const std::string &message : context.messages())
    UNSCOPED_INFO(message);
  REQUIRE(mlir::succeeded(results));
  std::vector<ir::HostTensor> ordered;
  for (std::size_t i = 0; i < results->size(); ++i)
    ordered.push_back(results->at("result" + std::to_string(i)));
  return ordered;
}

std::vector<ir::HostTensor> run(const std::string &function,
                                const std::vector<ir::HostTensor> &arguments) {
  return Program("func.func @f" + function).run(arguments);
}

ir::HostTensor noise(std::vector<int64_t> shape, uint64_t seed) {
  ir::HostTensor tensor(std::move(shape));
  uint64_t state = seed * 2654435761u + 1;
  for (double &value : tensor.values) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    value = static_cast<double>(state >> 33) / 1073741824.0 - 1; // 31 bits
  }
  return tensor;
}

double distance(const ir::HostTensor &a, const ir::HostTensor &b) {
  REQUIRE(a.shape == b.shape);
  double most = 0;
  for (int64_t i = 0; i < a.size(); ++i)
    most = std::max(most, std::isnan(a[i] - b[i]) ? HUGE_VAL : std::abs(a[i] - b[i]));
  return most;
}

} // namespace cnx::test
