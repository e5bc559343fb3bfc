// Runs passes over IR of both dialects: for tests and for people who read what happens.
#include "compiler/passes/Passes.h"
#include "compiler/plan/PlanPasses.h"
#include "ir/CnxDialect.h"
#include "ir/PlanDialect.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mlir/Transforms/Passes.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  registry.insert<cnx::ir::CnxDialect, cnx::plan::PlanDialect, mlir::func::FuncDialect>();
  mlir::registerTransformsPasses(); // canonicalize, cse, symbol-dce and their like
  cnx::registerCnxPasses();
  cnx::registerPlanPasses();
  return mlir::asMainReturnCode(mlir::MlirOptMain(argc, argv, "cnx pass driver\n", registry));
}
