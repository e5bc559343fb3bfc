// Runs passes over IR of both dialects: for tests and for people who read what happens.
#include "ir/CnxDialect.h"
#include "ir/PlanDialect.h"

#ifdef CNX_HAS_PASSES
#include "compiler/passes/Passes.h"
#endif

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mlir/Transforms/Passes.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  registry.insert<cnx::ir::CnxDialect, cnx::plan::PlanDialect, mlir::func::FuncDialect>();
  mlir::registerTransformsPasses(); // canonicalize, cse, symbol-dce and their like
#ifdef CNX_HAS_PASSES
  cnx::registerCnxPasses();
#endif
  return mlir::asMainReturnCode(mlir::MlirOptMain(argc, argv, "cnx pass driver\n", registry));
}
