#include "compiler/tools/KernelProgram.h"

#include "compiler/Error.h"
#include "compiler/codegen/BuildKernels.h"
#include "compiler/codegen/InternalError.h"
#include "compiler/codegen/LinkKernels.h"
#include "compiler/codegen/Subprocess.h"
#include "compiler/plan/Program.h"
#include "compiler/tools/EmitProduct.h"
#include "compiler/tools/Installation.h"
#include "compiler/tools/WriteText.h"
#include "runtime/include/cnx_rt.h"

#include <algorithm>
#include <dlfcn.h>
#include <fmt/format.h>
#include <unistd.h>

namespace cnx {

namespace fs = std::filesystem;

namespace {

// The kernels' signature is their own, so the call is written out and compiled.
constexpr const char *kSource = R"(#include "cnx_rt.h"

#define EXPORT extern "C" __attribute__((visibility("default")))
extern "C" __attribute__((visibility("hidden"))) const void *const kernel_table[{count}];

EXPORT int kernel_open(int level, unsigned threads, size_t scratch, cnx_rt_context **context, cnx_rt_error *error) {{
  static cnx_rt_model model;
  model = {{"kernel", 0, scratch, {{level == 3 ? kernel_table : 0, level == 4 ? kernel_table : 0}}}};
  cnx_rt_options options = {{}};
  options.struct_size = sizeof options;
  options.threads = threads;
  return cnx_rt_context_create(&model, &options, context, error);
}}

EXPORT int kernel_run(cnx_rt_context *context, size_t k, void *const *p, const float *s, cnx_rt_error *error) {{
  cnx_rt_context_enter(context);
  auto kernel = reinterpret_cast<int (*)(cnx_rt_worker *{types})>(kernel_table[k]);
  int result = kernel(cnx_rt_context_worker(context){arguments});
  cnx_rt_context_leave(context);
  return result == 0 ? CNX_RT_OK : cnx_rt_fail(error, CNX_RT_INTERNAL, "the kernel returned %d", result);
}}

EXPORT void kernel_close(cnx_rt_context *context) {{
  cnx_rt_context_destroy(context);
}}
)";

// The plan's view of a kernel: pointers read, floats, pointers written.
PlanKernel describe(const KernelGraph &graph) {
  PlanKernel kernel;
  kernel.symbol = kernelSymbol(graph);
  kernel.graphJson = toJson(graph);
  kernel.fusion = graph.fusion;
  for (int argument : graph.arguments()) {
    const Value &value = graph.values[size_t(argument)];
    if (value.role == Role::scalar)
      ++kernel.scalarCount;
    else
      kernel.access.push_back(value.role != Role::output ? Access::read
                              : value.inPlaceOf >= 0     ? Access::readWrite
                                                         : Access::write);
  }
  return kernel;
}

std::string source(const KernelGraph &graph, size_t count) {
  std::string types, arguments;
  int pointers = 0, scalars = 0;
  for (int argument : graph.arguments()) {
    const bool scalar = graph.values[size_t(argument)].role == Role::scalar;
    types += scalar ? ", float" : ", void *";
    arguments += scalar ? fmt::format(", s[{}]", scalars++) : fmt::format(", p[{}]", pointers++);
  }
  return fmt::format(kSource, fmt::arg("count", count), fmt::arg("types", types),
                     fmt::arg("arguments", arguments));
}

} // namespace

KernelProgram::KernelProgram(const std::vector<KernelGraph> &kernels, Level level,
                             const CompileOptions &options)
    : level_(level) {
  std::string name = (fs::temp_directory_path() / "cnx-kernel-XXXXXX").string();
  if (!mkdtemp(name.data()))
    throw UserError(name + ": cannot be created");
  folder_ = name;

  Plan plan;
  for (const KernelGraph &graph : kernels)
    plan.kernels.push_back(describe(graph));
  CodegenOptions code = codegenOptions(options, folder_);
  code.levels = {level};
  const BuiltKernels built = buildKernels(plan, code, folder_);

  LinkRequest request;
  request.table = "kernel_table";
  request.level = level;
  request.object = folder_ / "kernel.o";
  request.dumpFolder = code.dumpFolder;
  for (size_t k = 0; k < plan.kernels.size(); ++k) {
    const PlanKernel &kernel = plan.kernels[k];
    scratchBytes_ = std::max(scratchBytes_, built.reports.at(k).scratchBytes);
    request.kernels.push_back({kernel.symbol, built.bitcode.at(0).at(k), kernel.readCount(),
                               kernel.scalarCount, int(kernel.access.size()) - kernel.readCount()});
  }
  linkKernels(request);

  writeText(folder_ / "run.cpp", source(kernels.at(0), kernels.size()));
  const fs::path object = folder_ / "kernel.so";
  const SubprocessResult result = runSubprocess(
      {options.cxx, "-std=c++17", "-O1", "-fPIC", "-shared", "-I", installation().headers.string(),
       "run.cpp", "kernel.o", (installation().libraries / "libcnx_rt.a").string(), "-Wl,-z,defs",
       "-pthread", "-lm", "-o", object.string()},
      folder_, 300);
  if (!result.ok())
    throw UserError(fmt::format("--cxx {}: cannot link the kernel ({}):\n{}", options.cxx,
                                result.outcome(), result.output));
  library_ = dlopen(object.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library_)
    throw InternalError(std::string("the kernel cannot be loaded: ") + dlerror());
}

KernelProgram::~KernelProgram() {
  if (library_)
    dlclose(library_);
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

void *KernelProgram::symbol(const char *name) const { return dlsym(library_, name); }

KernelThreads::KernelThreads(const KernelProgram &program, unsigned threads)
    : program_(program), run_(reinterpret_cast<Run>(program.symbol("kernel_run"))) {
  using Open = int (*)(int, unsigned, size_t, void **, cnx_rt_error *);
  cnx_rt_error error{};
  if (reinterpret_cast<Open>(program.symbol("kernel_open"))(program.level_ == Level::v3 ? 3 : 4,
                                                            threads, size_t(program.scratchBytes_),
                                                            &context_, &error))
    throw InternalError(error.text);
}

KernelThreads::~KernelThreads() {
  reinterpret_cast<void (*)(void *)>(program_.symbol("kernel_close"))(context_);
}

void KernelThreads::run(size_t kernel, std::span<void *const> pointers,
                        std::span<const float> scalars) const {
  cnx_rt_error error{};
  if (run_(context_, kernel, pointers.data(), scalars.data(), &error))
    throw InternalError(error.text);
}

} // namespace cnx
