// The steps to a plan as passes, for cnx-opt. The driver calls the functions themselves.
#ifndef CNX_PLAN_PASSES_TD
#define CNX_PLAN_PASSES_TD

include "mlir/Pass/PassBase.td"

def BuildPlanPass : Pass<"cnx-build-plan", "::mlir::ModuleOp"> {
  let summary = "kernels on tensors -> launches on buffers";
  let dependentDialects = ["::cnx::plan::PlanDialect"];
}

def AssignMemoryPass : Pass<"cnx-assign-memory", "::mlir::ModuleOp"> {
  let summary = "every plan.alloc -> a view of the arena";
  let dependentDialects = ["::cnx::plan::PlanDialect"];
}

def CheckPlanPass : Pass<"cnx-check-plan", "::mlir::ModuleOp"> {
  let summary = "replays every program: bounds, overlaps, reads before writes, overwritten values";
  let dependentDialects = ["::cnx::plan::PlanDialect"];
}

#endif
