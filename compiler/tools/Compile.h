// One compilation, phase by phase: what every command that takes a MODEL does first.
#pragma once

#include "compiler/plan/Program.h"
#include "compiler/tools/Options.h"

#include <memory>
#include <string>

namespace mlir {
class MLIRContext;
class ModuleOp;
} // namespace mlir

namespace cnx {

// In the order of kPhases.
enum class Phase { desc, ir, grad, fused, plan, code };
Phase parsePhase(const std::string &name); // one of kPhases

// MODEL may be a dump: then the phases before it are not there to be asked for. Each phase runs
// once, when it is first needed, and goes to the dump folder where there is one. Throws UserError,
// and InternalError with the failing phase's input as the reproducer.
class CompileJob {
public:
  explicit CompileJob(CompileOptions options);
  ~CompileJob();

  const CompileOptions &options() const;
  std::string name(); // of the model: a C identifier
  // Of the frontend; nullptr where MODEL is a dump of a later phase.
  const Model *model() const;

  // A dump of phases desc .. plan, from which a job can start.
  std::string dump(Phase phase);
  // The module of phases ir .. plan; it lives as long as the job. Asking for a phase that has been
  // passed is an error.
  mlir::ModuleOp module(Phase phase);
  const Plan &plan();

private:
  struct State;
  std::unique_ptr<State> state_;
};

// "NAME.desc.json" or "NAME.ir.mlir".
std::string dumpName(const std::string &name, Phase phase);

} // namespace cnx
