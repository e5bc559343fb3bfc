// A network taken all the way to a plan, for tests of plans.
#pragma once

#include "compiler/passes/Pipeline.h"
#include "ir/CnxDialect.h"
#include "ir/PlanOps.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"

#include <string>

namespace cnx::test {

struct Training {    // how a training plan is made
  bool adamw = true; // else sgd
  bool ema = false;
  bool fusion = true;
  Gradients gradients = Gradients::sum;
  bool keepTransposed = false;
};

struct PlannedNet {
  mlir::MLIRContext context{mlir::MLIRContext::Threading::DISABLED};
  mlir::OwningOpRef<mlir::ModuleOp> module;

  // Text of the dialect `cnx`, with `fused` of that phase. The plan is checked by MLIR's verifier,
  // not by checkPlan.
  PlannedNet(const std::string &text, bool fusion, bool fused = false);

  // Differentiates the network first.
  PlannedNet(const std::string &text, const Training &training);

  plan::ProgramOp program(size_t index = 0);
  // The first launch of `program` whose kernel's symbol starts with this.
  plan::LaunchOp launch(llvm::StringRef kernel, size_t program = 0);
  // The view that is argument `argument` of that launch.
  plan::ViewOp view(llvm::StringRef kernel, unsigned argument, size_t program = 0);
  plan::SegmentOp segment(llvm::StringRef name);

private:
  PlannedNet(const std::string &text, const PipelineOptions &options, bool fused);
};

// What checkPlan reports, one message a line; empty for a sound plan.
std::string complaints(mlir::ModuleOp plan);

// Two programs, of batch 1 and 2, that share weights: layer norm, a two-layer perceptron with an
// in-place GELU and residual, pool.
extern const char *const kSmallNet;

} // namespace cnx::test
