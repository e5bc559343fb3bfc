#include "compiler/codegen/Codegen.h"

#include "compiler/Error.h"
#include "compiler/codegen/Archive.h"
#include "compiler/codegen/BuildHash.h"
#include "compiler/codegen/BuildKernels.h"
#include "compiler/codegen/Emit.h"
#include "compiler/codegen/Interface.h"
#include "compiler/codegen/LinkKernels.h"
#include "compiler/codegen/Names.h"
#include "compiler/codegen/WriteArchive.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <future>
#include <unistd.h>

namespace fs = std::filesystem;

namespace cnx {
namespace {

// A folder for intermediate files that goes away with its owner.
class TemporaryFolder {
public:
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "cnx-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr)
      throw UserError(fmt::format("{}: cannot be created", name));
    path = name;
  }
  ~TemporaryFolder() {
    std::error_code error;
    fs::remove_all(path, error);
  }
  TemporaryFolder(const TemporaryFolder &) = delete;
  TemporaryFolder &operator=(const TemporaryFolder &) = delete;
  fs::path path;
};

void writeText(const fs::path &path, const std::string &text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file)
    throw UserError(fmt::format("{}: cannot be written", path.string()));
}

// The levels do not know of each other; each has an LLVM context of its own.
std::vector<fs::path> linkLevels(const Plan &plan, const CodegenOptions &options,
                                 const BuiltKernels &built, const fs::path &folder) {
  std::vector<fs::path> objects;
  std::vector<std::future<void>> running;
  for (size_t level = 0; level < options.levels.size(); ++level) {
    LinkRequest request;
    request.level = options.levels[level];
    request.table = fmt::format("{}_kernels_{}", plan.name, levelName(request.level));
    request.object = folder / (request.table + ".o");
    request.dumpFolder = options.dumpFolder;
    for (size_t k = 0; k < plan.kernels.size(); ++k) {
      const PlanKernel &kernel = plan.kernels[k];
      const int reads = kernel.readCount();
      request.kernels.push_back({kernel.symbol, built.bitcode[level][k], reads, kernel.scalarCount,
                                 static_cast<int>(kernel.access.size()) - reads});
    }
    objects.push_back(request.object);
    const auto policy = options.jobs == 1 ? std::launch::deferred : std::launch::async;
    running.push_back(std::async(policy, linkKernels, std::move(request)));
  }
  for (std::future<void> &each : running)
    each.get();
  return objects;
}

} // namespace

EmittedFiles emitAll(const Plan &plan, const CodegenOptions &options) {
  checkModelName(plan.name);
  const InterfaceFacts facts = interfaceOf(plan, options);
  std::error_code error;
  fs::create_directories(options.outputFolder, error);
  if (error)
    throw UserError(fmt::format("-o: {}: {}", options.outputFolder.string(), error.message()));

  const TemporaryFolder temporary;
  const BuiltKernels built = buildKernels(plan, options, temporary.path);
  EmittedFiles files;
  files.header = options.outputFolder / (plan.name + ".h");
  files.source = options.outputFolder / (plan.name + ".cpp");
  files.manifest = options.outputFolder / (plan.name + ".json");
  files.archive = options.outputFolder / ("lib" + plan.name + ".a");
  files.build = buildHash(plan, options);
  files.payloadBytes = facts.weightBytes;
  files.kernelsFromCache = built.fromCache;
  for (const KernelReport &report : built.reports)
    files.scratchBytes = std::max(files.scratchBytes, report.scratchBytes);

  writeText(files.header, emitHeader(plan, options, built.reports));
  writeText(files.source, emitSource(plan, options));
  writeText(files.manifest, emitManifest(plan, options, built.reports));

  std::vector<fs::path> objects = {temporary.path / (plan.name + ".o")};
  compileSource(files.source, objects.front(), options);
  for (const fs::path &object : linkLevels(plan, options, built, temporary.path))
    objects.push_back(object);
  if (!options.embeddedWeights.empty()) {
    objects.push_back(temporary.path / (plan.name + "_embedded.o"));
    embedFile(plan.name, options.embeddedWeights, objects.back(), options);
  }
  writeArchive(files.archive, objects);
  return files;
}

std::string emitProgramText(const Plan &plan, const CodegenOptions &options) {
  checkModelName(plan.name);
  return emitSource(plan, options);
}

} // namespace cnx
