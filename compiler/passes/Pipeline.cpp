#include "compiler/passes/Pipeline.h"

#include "compiler/passes/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace cnx {
namespace {

// One pass a line; the reason says why it stands here and not elsewhere.
void addPhase(OpPassManager &passes, const PipelineOptions &options, IrPhase phase) {
  auto add = [&](std::unique_ptr<Pass> pass) {
    passes.addNestedPass<func::FuncOp>(std::move(pass));
  };
  switch (phase) {
  case IrPhase::ir:
    add(createCheckIr()); // first: what comes in may be a file that somebody edited
    add(createCSEPass()); // a weight that is read twice becomes one value
    passes.addPass(createCanonicalizerPass()); // drops ops that no output needs
    break;
  case IrPhase::grad:
    // An inference build differentiates nothing: its grad phase is its ir phase. Adjoints are
    // derived here, before any folding, because folding takes the parameters away that gradients
    // belong to.
    if (options.train) {
      add(createSplitGrn()); // forward's factor an image then serves backward as well
      DifferentiateOptions grad;
      grad.trainable = options.trainable;
      grad.inputGradient = options.inputGradient;
      passes.addPass(createDifferentiate(grad));
      add(createCSEPass()); // what adjoints compute twice
      passes.addPass(createCanonicalizerPass());
      if (options.algebra) {
        add(createTrainingAlgebra()); // after cse: it looks for products that are made already
        add(createCSEPass());         // products and sums that several gradients are unfolded from
      }
      if (options.remake) {
        SavePolicyOptions save;
        save.explain = options.explain;
        passes.addPass(createSavePolicy(save)); // after the algebra, which frees most values
      }
    }
    break;
  case IrPhase::fused:
    add(createSplitGrn()); // before FoldGrnBias, which takes the bias that this splits off
    add(createFoldInputNormalization()); // the four folds commute; they stand in the network's
                                         // order
    add(createFoldNormAffine());
    add(createFoldLayerScale());
    add(createFoldGrnBias());
    add(createApplyLayout()); // after the folds: they work on PyTorch's order
    if (options.bf16Weights)
      add(createRoundWeights()); // after the layout: of panels
    if (options.gradients == Gradients::sum)
      add(createAccumulateGradients()); // after the layout, whose types the arguments have
    add(createSeparateOutputs()); // after the folds, which need values with one reader, and after
                                  // the sums, which give equal gradients memories of their own
    {
      AddUpdateOptions update;
      update.optimizer = options.optimizer;
      update.ema = options.ema;
      update.immediate = options.gradients == Gradients::immediate;
      passes.addPass(createAddUpdate(update)); // before kernels are formed: of its ops too
    }
    add(createCSEPass()); // packed weights that became equal
    if (options.keepTransposed)
      passes.addPass(createKeepTransposed()); // after cse: one copy of what several read
    {
      FormKernelsOptions kernels;
      kernels.fusion = options.fusion;
      kernels.explain = options.explain;
      add(createFormKernels(kernels)); // whatever changes an op must have done so
    }
    if (options.gradients == Gradients::immediate) {
      ImmediateUpdateOptions update;
      update.optimizer = options.optimizer;
      add(createImmediateUpdate(update)); // after the kernels, whose order says when
    }
    add(createMarkInPlace()); // last: of all kernels, in their order
    add(createCheckFused());
    break;
  }
}

} // namespace

void buildPipeline(OpPassManager &passes, const PipelineOptions &options, IrPhase upTo) {
  addPhase(passes, options, IrPhase::ir);
  buildPipeline(passes, options, IrPhase::ir, upTo);
}

void buildPipeline(OpPassManager &passes, const PipelineOptions &options, IrPhase from,
                   IrPhase upTo) {
  for (IrPhase phase : {IrPhase::grad, IrPhase::fused})
    if (phase > from && phase <= upTo)
      addPhase(passes, options, phase);
}

#define GEN_PASS_REGISTRATION
#include "compiler/passes/Passes.h.inc"

void registerCnxPasses() {
  registerCnxGraphPasses();
  PassPipelineRegistration<>("cnx-to-ir", "checks and cleans the frontend's IR",
                             [](OpPassManager &passes) { buildPipeline(passes, {}, IrPhase::ir); });
  PassPipelineRegistration<>("cnx-to-fused", "all passes up to kernels", [](OpPassManager &passes) {
    buildPipeline(passes, {}, IrPhase::fused);
  });
}

} // namespace cnx
