#include "compiler/tools/ReferenceTrace.h"

#include "compiler/Error.h"
#include "compiler/codegen/InternalError.h"
#include "compiler/tools/Compile.h"
#include "compiler/tools/Diagnostics.h"
#include "compiler/weights/WeightSource.h"
#include "ir/CnxOps.h"
#include "ir/Layer.h"
#include "ir/Reference.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <fmt/format.h>

namespace cnx {

std::vector<ReferenceLaunch> traceReference(CompileJob &job, int64_t batch,
                                            const std::vector<double> &image) {
  mlir::ModuleOp module = job.module(Phase::fused);
  const std::string name = fmt::format("forward_b{}", batch);
  auto function = module.lookupSymbol<mlir::func::FuncOp>(name);
  if (!function)
    throw InternalError("the fused module has no function " + name);
  auto type = mlir::cast<mlir::RankedTensorType>(function.getArgumentTypes()[0]);

  WeightSource source(job.plan().parameters);
  std::vector<ReferenceLaunch> launches;
  DiagnosticText diagnostics(*module.getContext());
  auto results = ir::evaluate(
      function, {{"image", ir::HostTensor(type.getShape().vec(), image)}},
      [&](const std::string &parameter) {
        std::vector<float> values = source.values(parameter);
        return std::vector<double>(values.begin(), values.end());
      },
      [&](mlir::Operation *op, llvm::ArrayRef<ir::HostTensor> values) {
        if (!mlir::isa<ir::KernelOp>(op))
          return;
        ReferenceLaunch launch{ir::layerOf(op->getLoc()), {}};
        for (const ir::HostTensor &value : values)
          launch.results.push_back(value.values);
        launches.push_back(std::move(launch));
      });
  if (mlir::failed(results))
    throw UserError(diagnostics.errors());
  return launches;
}

} // namespace cnx
