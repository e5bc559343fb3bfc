#include "compiler/kernels/Compile.h"

#include "compiler/Error.h"
#include "compiler/fusions/Fusion.h"
#include "compiler/kernels/LoweredFacts.h"
#include "compiler/kernels/Stages.h"

namespace cnx {

using namespace Halide;

// All features that a level implies are spelled out: Halide takes none for granted.
static Target targetOf(Level level, bool checked) {
  std::vector<Target::Feature> features = {Target::SSE41,      Target::AVX,  Target::AVX2,
                                           Target::FMA,        Target::F16C, Target::NoRuntime,
                                           Target::UserContext};
  if (level == Level::v4) {
    features.push_back(Target::AVX512);
    features.push_back(Target::AVX512_Skylake);
  }
  if (!checked) {
    features.push_back(Target::NoAsserts);
    features.push_back(Target::NoBoundsQuery);
  }
  return Target(Target::Linux, Target::X86, 64, features);
}

static std::map<OutputFileType, std::string> wanted(const KernelOutputs &outputs) {
  std::map<OutputFileType, std::string> result;
  auto add = [&](OutputFileType type, const std::string &path) {
    if (!path.empty())
      result[type] = path;
  };
  add(OutputFileType::bitcode, outputs.bitcode);
  add(OutputFileType::object, outputs.object);
  add(OutputFileType::stmt, outputs.stmt);
  add(OutputFileType::llvm_assembly, outputs.llvmAssembly);
  add(OutputFileType::assembly, outputs.assembly);
  return result;
}

namespace {

// Halide warns where it can prove that a promise of the schedule is broken, and then compiles it
// all the same.
class StrictReporter : public CompileTimeErrorReporter {
public:
  void warning(const char *message) override { throw CompileError(message); }
  void error(const char *message) override { throw CompileError(message); }
};

} // namespace

KernelFacts compileKernel(const KernelGraph &graph, Level level, const KernelOutputs &outputs,
                          bool checked) {
  const std::string symbol = kernelSymbol(graph);
  const Fusion *fusion = findFusion(graph.fusion);
  if (!fusion)
    throw UserError(symbol + ": fusion: found '" + graph.fusion + "', expected a known fusion");
  static StrictReporter reporter;
  set_custom_compile_time_error_reporter(&reporter);
  try {
    Stages stages = scheduledStages(*fusion, graph, level);
    Pipeline pipeline = stages.pipeline();
    std::unique_ptr<Internal::IRMutator> prefetcher = makePrefetchPass(stages.prefetches());
    if (outputs.prefetch && !stages.prefetches().empty())
      pipeline.add_custom_lowering_pass(prefetcher.get(), nullptr);
    std::unique_ptr<Internal::IRMutator> rowPrefetcher =
        makeRowPrefetchPass(stages.rowPrefetches());
    if (outputs.prefetch && !stages.rowPrefetches().empty())
      pipeline.add_custom_lowering_pass(rowPrefetcher.get(), nullptr);
    Module module = pipeline.compile_to_module(stages.arguments(), symbol, targetOf(level, checked),
                                               LinkageType::External);
    KernelFacts facts = factsOf(module, symbol);
    module.compile(wanted(outputs));
    return facts;
  } catch (const Halide::Error &error) {
    throw UserError(symbol + ": " + error.what());
  } catch (const UserError &error) {
    throw UserError(symbol + ": " + error.what());
  }
}

} // namespace cnx
