#include "compiler/plan/PlanPasses.h"

#include "compiler/plan/AssignMemory.h"
#include "compiler/plan/BuildPlan.h"
#include "compiler/plan/CheckPlan.h"

#include "ir/PlanOps.h"

#include "mlir/Pass/Pass.h"

using namespace mlir;

namespace cnx {
#define GEN_PASS_DECL
#define GEN_PASS_DEF_ASSIGNMEMORYPASS
#define GEN_PASS_DEF_BUILDPLANPASS
#define GEN_PASS_DEF_CHECKPLANPASS
#include "compiler/plan/PlanPasses.h.inc"

namespace {

class BuildPlanPass : public impl::BuildPlanPassBase<BuildPlanPass> {
  // The plan takes the place of the module's ops.
  void runOnOperation() override {
    std::optional<OwningOpRef<ModuleOp>> plan = buildPlan(getOperation());
    if (!plan)
      return signalPassFailure();
    getOperation().getBody()->clear();
    getOperation().getBody()->getOperations().splice(getOperation().getBody()->end(),
                                                     (*plan)->getBody()->getOperations());
  }
};

class AssignMemoryPass : public impl::AssignMemoryPassBase<AssignMemoryPass> {
  void runOnOperation() override {
    if (failed(assignMemory(getOperation())))
      signalPassFailure();
  }
};

class CheckPlanPass : public impl::CheckPlanPassBase<CheckPlanPass> {
  void runOnOperation() override {
    if (failed(checkPlan(getOperation())))
      signalPassFailure();
  }
};

} // namespace

#define GEN_PASS_REGISTRATION
#include "compiler/plan/PlanPasses.h.inc"

void registerPlanPasses() { registerCnxPlanPasses(); }

} // namespace cnx
