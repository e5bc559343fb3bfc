#include "compiler/codegen/BuildKernels.h"

#include "compiler/Error.h"
#include "compiler/codegen/InternalError.h"
#include "compiler/codegen/KernelCache.h"
#include "compiler/codegen/Subprocess.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <atomic>
#include <exception>
#include <fstream>
#include <thread>

namespace fs = std::filesystem;

namespace cnx {
namespace {

struct Task {
  size_t kernel = 0;
  size_t level = 0;
  bool cached = false;
  int64_t scratchBytes = 0;
  int64_t tasks = 0;
  std::exception_ptr failure;
};

class Build {
public:
  Build(const Plan &p, const CodegenOptions &o, const fs::path &f)
      : plan(p), options(o), folder(f) {
    worker = options.worker.empty() ? defaultKernelWorker() : options.worker;
    identity = programIdentity(worker);
    cache = options.cacheFolder.empty() ? defaultKernelCache() : options.cacheFolder;
  }

  void run(Task &task) const;
  fs::path prefix(const Task &task) const {
    return folder / fmt::format("{}.{}", plan.kernels[task.kernel].symbol,
                                levelName(options.levels[task.level]));
  }

private:
  void callWorker(const Task &task) const;
  void readFacts(Task &task) const;
  // Reproducers outlive the build's folder: they are the cache's neighbours, or stay where they
  // are.
  fs::path keepGraph(const PlanKernel &kernel) const;

  const Plan &plan;
  const CodegenOptions &options;
  const fs::path &folder;
  fs::path worker;
  std::string identity;
  fs::path cache;
};

void write(const fs::path &path, const std::string &text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file)
    throw UserError(fmt::format("{}: cannot be written", path.string()));
}

void Build::run(Task &task) const {
  const PlanKernel &kernel = plan.kernels[task.kernel];
  const bool useCache = options.cache && !cache.empty();
  const KernelCacheEntry entry(cache, kernel.graphJson, options.levels[task.level], identity);
  // Dumps come from a worker: the cache holds none.
  task.cached = useCache && options.dumpFolder.empty() && entry.fetch(prefix(task));
  if (!task.cached)
    callWorker(task);
  readFacts(task);
  if (useCache && !task.cached)
    entry.store(prefix(task));
}

fs::path Build::keepGraph(const PlanKernel &kernel) const {
  std::error_code error;
  const fs::path place =
      (cache.empty() ? fs::temp_directory_path() : cache.parent_path()) / "failed";
  fs::create_directories(place, error);
  const fs::path path = place / (kernel.symbol + ".json");
  write(path, kernel.graphJson);
  return path;
}

void Build::callWorker(const Task &task) const {
  const PlanKernel &kernel = plan.kernels[task.kernel];
  const char *level = levelName(options.levels[task.level]);
  const fs::path graph = prefix(task).string() + ".graph.json";
  write(graph, kernel.graphJson);
  std::vector<std::string> command = {worker.string(), graph.string(), level, prefix(task).string(),
                                      "--prefetch"};
  if (!options.dumpFolder.empty())
    command.emplace_back("--stmt");
  const SubprocessResult result = runSubprocess(command, {}, options.kernelSeconds);
  if (!result.ok()) {
    const fs::path kept = keepGraph(kernel);
    throw InternalError(fmt::format("kernel {} ({}): {} {} {}: {}\n{}", kernel.symbol, level,
                                    worker.filename().string(), kept.string(), level,
                                    result.outcome(), result.output),
                        kept.string());
  }
  if (!options.dumpFolder.empty()) {
    const fs::path target = options.dumpFolder / prefix(task).filename();
    fs::copy_file(graph, options.dumpFolder / (kernel.symbol + ".graph.json"),
                  fs::copy_options::overwrite_existing);
    fs::copy_file(prefix(task).string() + ".stmt", target.string() + ".stmt",
                  fs::copy_options::overwrite_existing);
  }
}

void Build::readFacts(Task &task) const {
  const std::string path = prefix(task).string() + ".json";
  try {
    std::ifstream file(path, std::ios::binary);
    const nlohmann::json facts = nlohmann::json::parse(file);
    task.scratchBytes = facts.at("scratch_bytes").get<int64_t>();
    task.tasks = facts.at("tasks").get<int64_t>();
  } catch (const nlohmann::json::exception &error) {
    throw InternalError(
        fmt::format("kernel {}: {}: {}", plan.kernels[task.kernel].symbol, path, error.what()));
  }
}

} // namespace

fs::path defaultKernelWorker() {
  return fs::read_symlink("/proc/self/exe").parent_path() / "cnx-kernel-worker";
}

BuiltKernels buildKernels(const Plan &plan, const CodegenOptions &options, const fs::path &folder) {
  if (!options.dumpFolder.empty())
    fs::create_directories(options.dumpFolder);
  const Build build(plan, options, folder);
  std::vector<Task> tasks;
  for (size_t kernel = 0; kernel < plan.kernels.size(); ++kernel)
    for (size_t level = 0; level < options.levels.size(); ++level)
      tasks.push_back({kernel, level, false, 0, 0, nullptr});

  // The threads only wait for their processes. After a failure no new ones are started.
  std::atomic<size_t> next{0};
  std::atomic<bool> failed{false};
  const auto work = [&] {
    for (size_t i; !failed && (i = next++) < tasks.size();) {
      try {
        build.run(tasks[i]);
      } catch (...) {
        tasks[i].failure = std::current_exception();
        failed = true;
      }
    }
  };
  const size_t jobs = options.jobs > 0 ? static_cast<size_t>(options.jobs)
                                       : std::max(1u, std::thread::hardware_concurrency());
  std::vector<std::thread> threads;
  for (size_t i = 1; i < std::min(jobs, tasks.size()); ++i)
    threads.emplace_back(work);
  work();
  for (std::thread &thread : threads)
    thread.join();

  BuiltKernels built;
  built.bitcode.resize(options.levels.size());
  built.reports.resize(plan.kernels.size());
  for (const Task &task : tasks) {
    if (task.failure)
      std::rethrow_exception(task.failure);
    KernelReport &report = built.reports[task.kernel];
    report.scratchBytes = std::max(report.scratchBytes, task.scratchBytes);
    report.tasks.push_back(task.tasks);
    built.bitcode[task.level].push_back(build.prefix(task).string() + ".bc");
    built.fromCache += task.cached ? 1 : 0;
  }
  return built;
}

} // namespace cnx
