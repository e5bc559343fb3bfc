#include "compiler/tools/Compile.h"

#include "compiler/Error.h"
#include "compiler/codegen/InternalError.h"
#include "compiler/codegen/Names.h"
#include "compiler/frontend/BuildIr.h"
#include "compiler/passes/Pipeline.h"
#include "compiler/plan/AssignMemory.h"
#include "compiler/plan/BuildPlan.h"
#include "compiler/plan/CheckPlan.h"
#include "compiler/plan/ReadPlan.h"
#include "compiler/tools/Diagnostics.h"
#include "compiler/tools/ModelCache.h"
#include "compiler/tools/WriteText.h"
#include "ir/CnxDialect.h"
#include "ir/CnxOps.h"
#include "ir/PlanDialect.h"
#include "ir/PlanOps.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/Regex.h"

#include <algorithm>
#include <fmt/format.h>

namespace cnx {

namespace {

bool isIrDump(const std::string &model) { return model.ends_with(".mlir"); }

std::string print(mlir::ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream out(text);
  mlir::OpPrintingFlags flags;
  flags.enableDebugInfo(true); // layers are locations
  module.print(out, flags);
  out << '\n';
  return text;
}

Phase phaseOf(mlir::ModuleOp module) {
  if (!module.getOps<plan::ProgramOp>().empty())
    return Phase::plan;
  bool kernels =
      module->walk([](ir::KernelOp) { return mlir::WalkResult::interrupt(); }).wasInterrupted();
  return kernels ? Phase::fused : Phase::ir;
}

// A file may be called as something in the emitted code is: run.safetensors.
std::string usableName(const std::string &name) {
  try {
    checkModelName(name);
    return name;
  } catch (const UserError &) {
    return "net_" + identifier(name);
  }
}

// The pass says the same, but of a module of ours that would be a bug.
void checkTrainable(const std::string &expression, const Model &model) {
  if (expression.empty())
    return;
  llvm::Regex regex(expression);
  if (std::string error; !regex.isValid(error))
    throw UserError(fmt::format("--trainable: found '{}', expected a regular expression: {}",
                                expression, error));
  for (const Parameter &parameter : model.parameters)
    if (regex.match(parameter.name))
      return;
  throw UserError(fmt::format("--trainable: found '{}', expected a regular expression that matches "
                              "a parameter's name, such as {}",
                              expression, model.parameters.back().name));
}

IrPhase irPhase(Phase phase) {
  return phase == Phase::ir ? IrPhase::ir : phase == Phase::grad ? IrPhase::grad : IrPhase::fused;
}

} // namespace

Phase parsePhase(const std::string &name) {
  auto found = std::find(std::begin(kPhases), std::end(kPhases), name);
  if (found == std::end(kPhases))
    throw UserError(
        fmt::format("--emit: found '{}', expected one of {}", name, fmt::join(kPhases, ", ")));
  return Phase(found - std::begin(kPhases));
}

std::string dumpName(const std::string &name, Phase phase) {
  return fmt::format("{}.{}.{}", name, kPhases[int(phase)], phase == Phase::desc ? "json" : "mlir");
}

struct CompileJob::State {
  CompileOptions options;
  std::optional<Model> model; // not where MODEL is a dump of a later phase
  mlir::MLIRContext context{mlir::MLIRContext::Threading::DISABLED};
  mlir::OwningOpRef<mlir::ModuleOp> module;     // of the phases ir .. fused
  mlir::OwningOpRef<mlir::ModuleOp> planModule; // of the phase plan
  Phase first = Phase::desc, current = Phase::desc;
  std::optional<Plan> plan;

  explicit State(CompileOptions given) : options(std::move(given)) {
    context.loadDialect<ir::CnxDialect, plan::PlanDialect, mlir::func::FuncDialect>();
    if (isIrDump(options.model))
      parse();
    else {
      model = loadModel(options.model, options.network);
      if (!options.network.name)
        model->name = usableName(model->name);
      if (options.network.train)
        checkTrainable(options.training.trainable, *model);
      for (const std::string &note : model->info.notes)
        fmt::print(stderr, "cnx: note: {}\n", note);
    }
    writeDump();
  }

  void parse() {
    if (!options.networkFlags.empty())
      throw UserError(fmt::format("{}: {}: a dump's network is fixed", options.model,
                                  fmt::join(options.networkFlags, ", ")));
    DiagnosticText diagnostics(context);
    auto parsed = mlir::parseSourceFile<mlir::ModuleOp>(options.model, &context);
    if (!parsed)
      throw UserError(diagnostics.errors().empty() ? options.model + ": cannot be read"
                                                   : diagnostics.errors());
    first = current = phaseOf(*parsed);
    (current == Phase::plan ? planModule : module) = std::move(parsed);
    if (current == Phase::plan)
      checkAndRead(diagnostics, true);
    else if (current == Phase::ir)
      runPasses(IrPhase::ir); // whoever edited the file is held to what the frontend promises
  }

  std::string name() {
    if (model)
      return model->name;
    mlir::ModuleOp any = planModule ? *planModule : *module;
    auto attribute = any->getAttrOfType<mlir::StringAttr>(ir::kNameAttr);
    if (!attribute)
      throw UserError(fmt::format("{}: the module has no {}", options.model, ir::kNameAttr.str()));
    return attribute.str();
  }

  std::string text() {
    if (current == Phase::desc)
      return writeDesc(*model);
    return print(current == Phase::plan ? *planModule : *module);
  }

  void writeDump() {
    if (!options.dumpFolder.empty())
      writeText(options.dumpFolder / fmt::format("{}-{}", int(current), dumpName(name(), current)),
                text());
  }

  // A phase that fails on what cnx itself made is a bug; on a file that the user gave it may be the
  // file.
  [[noreturn]] void fail(const std::string &message, const std::string &input) {
    if (first != Phase::desc)
      throw UserError(message);
    std::filesystem::path reproducer = cacheFolder() / "failed" / dumpName(name(), current);
    writeText(reproducer, input);
    throw InternalError(message, reproducer.string());
  }

  void runPasses(IrPhase upTo) {
    mlir::PassManager passes(&context);
    PipelineOptions pipeline;
    pipeline.fusion = options.fusion;
    pipeline.bf16Weights = options.bf16Weights;
    pipeline.explain = options.explain;
    pipeline.train = options.network.train;
    pipeline.trainable = options.training.trainable;
    pipeline.optimizer = options.training.optimizer;
    pipeline.ema = options.training.ema;
    pipeline.gradients = options.training.gradientsOrDefault();
    pipeline.keepTransposed = options.training.keepTransposed;
    pipeline.inputGradient = options.training.inputGradient;
    if (upTo == IrPhase::ir)
      buildPipeline(passes, pipeline, upTo);
    else
      buildPipeline(passes, pipeline, irPhase(current), upTo);
    std::string input = text();
    DiagnosticText diagnostics(context);
    if (mlir::failed(passes.run(*module)))
      fail(diagnostics.errors(), input);
  }

  void checkAndRead(DiagnosticText &diagnostics, bool given) {
    if (mlir::failed(mlir::verify(*planModule)) || mlir::failed(checkPlan(*planModule))) {
      if (given)
        throw UserError(diagnostics.errors());
      fail(diagnostics.errors(), print(*planModule));
    }
    plan = readPlan(*planModule);
    if (options.network.train && !plan->isTraining())
      throw UserError(fmt::format("{}: found a dump without training, expected one that was made "
                                  "with --train",
                                  options.model));
  }

  void makePlan() {
    DiagnosticText diagnostics(context);
    auto built = buildPlan(*module);
    if (!built || mlir::failed(assignMemory(**built)))
      fail(diagnostics.errors(), print(*module));
    planModule = std::move(*built);
    checkAndRead(diagnostics, false);
  }

  void runTo(Phase wanted) {
    if (wanted < first)
      throw UserError(fmt::format("{}: is a dump of phase {}, which comes after {}", options.model,
                                  kPhases[int(first)], kPhases[int(wanted)]));
    while (current < wanted) {
      Phase next = Phase(int(current) + 1);
      if (next == Phase::ir) {
        DiagnosticText diagnostics(context);
        module = buildIr(context, *model, options.network);
        if (!module)
          fail(diagnostics.errors(), writeDesc(*model));
        runPasses(IrPhase::ir);
      } else if (next == Phase::plan)
        makePlan();
      else
        runPasses(irPhase(next));
      current = next;
      writeDump();
    }
  }
};

CompileJob::CompileJob(CompileOptions options) {
  if (options.bf16Weights && options.network.train)
    throw UserError(
        "--weight-type: found bf16, expected f32 with --train: updates are smaller than "
        "what bf16 can tell apart");
  state_ = std::make_unique<State>(std::move(options));
}
CompileJob::~CompileJob() = default;

const CompileOptions &CompileJob::options() const { return state_->options; }
std::string CompileJob::name() { return state_->name(); }
const Model *CompileJob::model() const { return state_->model ? &*state_->model : nullptr; }

std::string CompileJob::dump(Phase phase) {
  state_->runTo(phase);
  return phase == state_->current ? state_->text() : throw std::logic_error("the phase has passed");
}

mlir::ModuleOp CompileJob::module(Phase phase) {
  state_->runTo(phase);
  if (phase == Phase::plan)
    return *state_->planModule;
  // Planning leaves the fused module as it was.
  if (phase == state_->current || (phase == Phase::fused && state_->first <= Phase::fused))
    return *state_->module;
  throw std::logic_error("the phase has passed");
}

const Plan &CompileJob::plan() {
  state_->runTo(Phase::plan);
  return *state_->plan;
}

} // namespace cnx
