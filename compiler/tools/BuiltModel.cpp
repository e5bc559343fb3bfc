#include "compiler/tools/BuiltModel.h"

#include "compiler/Error.h"
#include "compiler/codegen/BuildHash.h"
#include "compiler/codegen/InternalError.h"
#include "compiler/codegen/KernelCache.h"
#include "compiler/codegen/Subprocess.h"
#include "compiler/tools/Compile.h"
#include "compiler/tools/EmitProduct.h"
#include "compiler/tools/Installation.h"
#include "compiler/tools/ModelCache.h"
#include "runtime/include/cnx_rt.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cnx {

namespace fs = std::filesystem;

namespace {

Level levelOfThisMachine() {
  switch (cnx_rt_choose_level(3)) {
  case CNX_RT_LEVEL_V3:
    return Level::v3;
  case CNX_RT_LEVEL_V4:
    return Level::v4;
  default:
    throw UserError(
        "this machine has neither AVX2 with FMA nor AVX-512, or CNX_RT_ISA names no level of it");
  }
}

// A file's size and times, and which file it is. The time of its status is there because whoever
// copies or unpacks a file may set the time of its contents.
std::string fileIdentity(const std::string &path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0)
    throw UserError(path + ": cannot be read: " + std::strerror(errno));
  return fmt::format(" {} {} {}.{:09} {}.{:09}", status.st_size, status.st_ino,
                     status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec,
                     status.st_ctim.tv_nsec);
}

// Where the values come from, so that another checkpoint, or the same file written anew, is another
// entry.
uint64_t weightsIdentity(const Plan &plan) {
  uint64_t hash = kHashSeed;
  for (const Parameter &parameter : plan.parameters) {
    std::string text =
        fmt::format("{} {} {} {} {} {}", parameter.name, parameter.file, parameter.tensor,
                    int(parameter.init), parameter.initValue, parameter.seed);
    if (!parameter.file.empty())
      text += fileIdentity(parameter.file);
    hash = hashText(text, hash);
  }
  return hash;
}

std::string cacheKey(const Plan &plan, const CodegenOptions &code) {
  uint64_t hash = hashText(plan.info, buildHash(plan, code));
  for (const fs::path &program : {installation().executable, installation().kernelWorker})
    hash = hashText(programIdentity(program), hash);
  return fmt::format("{}-{:016x}-{:016x}", plan.name, hashText(code.cxx, hash),
                     weightsIdentity(plan));
}

// The shared object appears last and at once: where it is, the entry is complete.
void linkSharedObject(const fs::path &folder, const std::string &name, const std::string &cxx) {
  const fs::path object = folder / (name + ".so"), unfinished = folder / (name + ".so.new");
  const SubprocessResult result = runSubprocess(
      {cxx, "-shared", "-o", unfinished.string(), "-Wl,--whole-archive",
       (folder / ("lib" + name + ".a")).string(), "-Wl,--no-whole-archive",
       (installation().libraries / "libcnx_io.a").string(), // of training builds: checkpoints
       (installation().libraries / "libcnx_rt.a").string(), "-Wl,-z,defs", "-pthread", "-lm"},
      folder, 300);
  if (!result.ok())
    throw UserError(fmt::format("--cxx {}: cannot link the model ({}):\n{}", cxx, result.outcome(),
                                result.output));
  fs::rename(unfinished, object);
}

void build(CompileJob &job, const CodegenOptions &code) {
  emitProduct(job, code, false);
  linkSharedObject(code.outputFolder, job.plan().name, code.cxx);
}

fs::path makeTemporaryFolder() {
  std::string name = (fs::temp_directory_path() / "cnx-model-XXXXXX").string();
  if (!mkdtemp(name.data()))
    throw UserError(name + ": cannot be created");
  return name;
}

} // namespace

BuiltModel::BuiltModel(CompileJob &job) {
  const Plan &plan = job.plan();
  CompileOptions options = job.options();
  if (options.levels.empty())
    options.levels = {levelOfThisMachine()};
  CodegenOptions code = codegenOptions(options, {});
  name_ = plan.name;
  facts_ = interfaceOf(plan, code);

  if (!options.cache) {
    folder_ = temporaryFolder_ = code.outputFolder = makeTemporaryFolder();
    build(job, code);
    return;
  }
  const fs::path root = cacheFolder() / "models";
  entry_ = std::make_unique<CacheEntry>(root, cacheKey(plan, code));
  folder_ = code.outputFolder = entry_->folder();
  if (fs::exists(sharedObject()))
    return;
  entry_->holdAlone();
  if (!fs::exists(sharedObject()))
    build(job, code);
  entry_->share();
  trimCache(root, cacheLimit());
}

BuiltModel::~BuiltModel() {
  std::error_code ignored;
  if (!temporaryFolder_.empty())
    fs::remove_all(temporaryFolder_, ignored);
}

fs::path BuiltModel::sharedObject() const { return folder_ / (name_ + ".so"); }
fs::path BuiltModel::weights() const { return folder_ / (name_ + ".weights"); }
fs::path BuiltModel::manifest() const { return folder_ / (name_ + ".json"); }

} // namespace cnx
