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

#include <dlfcn.h>
#include <fmt/format.h>
#include <unistd.h>

namespace cnx {

namespace fs = std::filesystem;

namespace {

// The kernel's signature is its own, so the call is written out and compiled.
constexpr const char *kSource = R"(#include "cnx_rt.h"

extern "C" __attribute__((visibility("hidden"))) const void *const kernel_table[1];

extern "C" __attribute__((visibility("default"))) int
kernel_run(int level, unsigned threads, size_t scratch, void *const *p, const float *s, cnx_rt_error *error) {{
  cnx_rt_model model = {{"kernel", 0, scratch, {{level == 3 ? kernel_table : 0, level == 4 ? kernel_table : 0}}}};
  cnx_rt_options options = {{}};
  options.struct_size = sizeof options;
  options.threads = threads;
  cnx_rt_context *context = 0;
  cnx_rt_status status = cnx_rt_context_create(&model, &options, &context, error);
  if (status != CNX_RT_OK)
    return status;
  cnx_rt_context_enter(context);
  auto kernel = reinterpret_cast<int (*)(cnx_rt_worker *{types})>(kernel_table[0]);
  int result = kernel(cnx_rt_context_worker(context){arguments});
  cnx_rt_context_leave(context);
  cnx_rt_context_destroy(context);
  return result == 0 ? CNX_RT_OK : cnx_rt_fail(error, CNX_RT_INTERNAL, "the kernel returned %d", result);
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

std::string source(const KernelGraph &graph) {
  std::string types, arguments;
  int pointers = 0, scalars = 0;
  for (int argument : graph.arguments()) {
    const bool scalar = graph.values[size_t(argument)].role == Role::scalar;
    types += scalar ? ", float" : ", void *";
    arguments += scalar ? fmt::format(", s[{}]", scalars++) : fmt::format(", p[{}]", pointers++);
  }
  return fmt::format(kSource, fmt::arg("types", types), fmt::arg("arguments", arguments));
}

} // namespace

KernelProgram::KernelProgram(const KernelGraph &graph, Level level, const CompileOptions &options)
    : level_(level) {
  std::string name = (fs::temp_directory_path() / "cnx-kernel-XXXXXX").string();
  if (!mkdtemp(name.data()))
    throw UserError(name + ": cannot be created");
  folder_ = name;

  Plan plan;
  plan.kernels.push_back(describe(graph));
  CodegenOptions code = codegenOptions(options, folder_);
  code.levels = {level};
  const BuiltKernels built = buildKernels(plan, code, folder_);
  scratchBytes_ = built.reports.at(0).scratchBytes;

  const PlanKernel &kernel = plan.kernels[0];
  LinkRequest request;
  request.table = "kernel_table";
  request.level = level;
  request.object = folder_ / "kernel.o";
  request.dumpFolder = code.dumpFolder;
  request.kernels = {{kernel.symbol, built.bitcode.at(0).at(0), kernel.readCount(),
                      kernel.scalarCount, int(kernel.access.size()) - kernel.readCount()}};
  linkKernels(request);

  writeText(folder_ / "run.cpp", source(graph));
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

void KernelProgram::run(std::span<void *const> pointers, std::span<const float> scalars,
                        unsigned threads) {
  using Run = int (*)(int, unsigned, size_t, void *const *, const float *, cnx_rt_error *);
  auto function = reinterpret_cast<Run>(dlsym(library_, "kernel_run"));
  cnx_rt_error error{};
  if (function(level_ == Level::v3 ? 3 : 4, threads, size_t(scratchBytes_), pointers.data(),
               scalars.data(), &error))
    throw InternalError(error.text);
}

} // namespace cnx
