#include "compiler/tools/EmitProduct.h"

#include "compiler/Error.h"
#include "compiler/codegen/BuildHash.h"
#include "compiler/codegen/Codegen.h"
#include "compiler/codegen/Interface.h"
#include "compiler/codegen/Names.h"
#include "compiler/tools/Compile.h"
#include "compiler/tools/Installation.h"
#include "compiler/tools/ModelCache.h"
#include "compiler/weights/WeightSource.h"
#include "compiler/weights/WriteWeights.h"

#include <chrono>
#include <fmt/format.h>

namespace cnx {

CodegenOptions codegenOptions(const CompileOptions &options, const std::filesystem::path &folder) {
  CodegenOptions code;
  if (!options.levels.empty())
    code.levels = options.levels;
  code.outputLayout = options.network.outputLayout == OutputLayout::nchw ? "nchw" : "nhwc";
  if (!options.fusion)
    code.options.emplace_back("--no-fusion", "");
  if (options.network.train) {
    code.microBatch = options.training.microBatch;
    if (!options.training.trainable.empty())
      code.options.emplace_back("--trainable", options.training.trainable);
  }
  code.outputFolder = folder;
  if (!options.dumpFolder.empty())
    code.dumpFolder = options.dumpFolder / "kernels";
  code.runtimeInclude = installation().headers;
  code.worker = installation().kernelWorker;
  code.cacheFolder = cacheFolder() / "kernels";
  code.cache = options.cache;
  code.jobs = int(options.jobs);
  code.cxx = options.cxx;
  return code;
}

// Places in the payload. Of copies of parameters a file has none.
static std::vector<PackedWeight> packedWeights(const Plan &plan) {
  std::vector<PackedWeight> packed;
  for (const PlanConstant &constant : plan.constants) {
    if (constant.segment == SegmentKind::derived)
      continue;
    const int64_t begin = constant.segment == SegmentKind::param ? plan.paramOffset() : 0;
    packed.push_back({begin + constant.offset, constant.bytes, constant.expr});
  }
  return packed;
}

void writeWeights(CompileJob &job, uint64_t build, const std::filesystem::path &path) {
  const Plan &plan = job.plan();
  writeWeightFile(path.string(), packedWeights(plan), WeightSource(plan.parameters), build,
                  plan.payloadBytes());
}

void emitProduct(CompileJob &job, CodegenOptions options, bool embed) {
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  const Plan &plan = job.plan();
  checkModelName(plan.name);
  std::error_code error;
  std::filesystem::create_directories(options.outputFolder, error);
  if (error)
    throw UserError(options.outputFolder.string() + ": cannot be created: " + error.message());
  const std::filesystem::path weights = options.outputFolder / (plan.name + ".weights");
  if (embed)
    options.embeddedWeights = weights;
  fmt::print(stderr, "cnx: {}: packing {} weights\n", plan.name, packedWeights(plan).size());
  writeWeights(job, buildHash(plan, options), weights);
  fmt::print(stderr, "cnx: {}: building {} kernels for {} level{}\n", plan.name,
             plan.kernels.size(), options.levels.size(), options.levels.size() == 1 ? "" : "s");
  const EmittedFiles files = emitAll(plan, options);
  fmt::print(stderr, "cnx: {}: done in {:.1f} s ({} of {} kernels from the cache)\n", plan.name,
             std::chrono::duration<double>(Clock::now() - start).count(), files.kernelsFromCache,
             plan.kernels.size() * options.levels.size());
}

} // namespace cnx
