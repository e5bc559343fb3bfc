#include "tests/unit/frontend/ReferenceRun.h"

#include "compiler/frontend/BuildIr.h"
#include "compiler/weights/WeightSource.h"
#include "ir/Reference.h"
#include "tests/support/catch.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/Verifier.h"

namespace cnx::test {

std::map<std::string, std::vector<double>>
runReference(const Model &model, const ModelOptions &options, const std::vector<double> &image) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  mlir::OwningOpRef<mlir::ModuleOp> module = buildIr(context, model, options);
  REQUIRE(mlir::succeeded(mlir::verify(*module)));
  auto function = *module->getOps<mlir::func::FuncOp>().begin();
  ir::HostTensor input;
  auto type = mlir::cast<mlir::RankedTensorType>(function.getArgumentTypes()[0]);
  input.shape.assign(type.getShape().begin(), type.getShape().end());
  input.values = image;
  WeightSource source(model.parameters);
  auto results = ir::evaluate(function, {{"image", input}},
                              [&](const std::string &name) { return source.values(name); });
  REQUIRE(mlir::succeeded(results));
  std::map<std::string, std::vector<double>> outputs;
  for (const auto &[name, tensor] : *results)
    outputs[name] = tensor.values;
  return outputs;
}

} // namespace cnx::test
