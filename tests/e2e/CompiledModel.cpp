#include "tests/e2e/CompiledModel.h"

#include "tests/support/catch.h"

#include <cmath>
#include <dlfcn.h>
#include <fstream>
#include <limits>

namespace fs = std::filesystem;

namespace {

// $ is the model's name. C99, so that the header is held to it.
constexpr const char *kShim = R"(#include "$.h"
#include <string.h>

int shim_forward(const char *path, unsigned threads, int batch, const void *image, float *const *out,
                 int *level, char *message, size_t size) {
  $_weights *weights = NULL;
  $ *network = NULL;
  $_outputs outputs;
  cnx_rt_options options;
  cnx_rt_error error;
  cnx_rt_status status;
  memset(&options, 0, sizeof options);
  options.struct_size = sizeof options;
  options.threads = threads;
  memset(&outputs, 0, sizeof outputs);
  outputs.struct_size = sizeof outputs;
  memset(&error, 0, sizeof error);
@OUTPUTS@  status = $_weights_open(path, CNX_RT_VERIFY, &weights, &error);
  if (!status)
    status = $_create(&options, weights, &network, &error);
  if (!status) {
    *level = (int)$_level(network);
    status = $_forward(network, batch, CNX_RT_EVALUATE, image, &outputs);
    if (status)
      strncpy(error.text, $_message(network), sizeof error.text - 1);
  }
  strncpy(message, error.text, size - 1);
  $_destroy(network);
  $_weights_release(weights);
  return (int)status;
}
)";

std::string replaceAll(std::string text, const std::string &from, const std::string &to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

void require(const ProgramResult &result, const std::string &what) {
  INFO(what << "\n" << result.out << result.err);
  REQUIRE(result.exitCode == 0);
}

} // namespace

ProgramResult runCnx(const std::vector<std::string> &arguments) {
  std::vector<std::string> argv{CNX_TEST_EXECUTABLE};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return runProgram(argv, {{"XDG_CACHE_HOME", CNX_TEST_FOLDER "/cache"}});
}

fs::path testFolder(const std::string &name) {
  fs::path folder = fs::path(CNX_TEST_FOLDER) / name;
  fs::remove_all(folder);
  fs::create_directories(folder);
  return folder;
}

CompiledModel::CompiledModel(const std::string &name, const std::string &model,
                             const std::vector<std::string> &outputs,
                             const std::vector<std::string> &options)
    : name_(name), folder_(testFolder(name)) {
  std::vector<std::string> arguments{"compile", model, "-o", folder_.string(), "--name", name};
  std::string list, assignments;
  for (size_t i = 0; i < outputs.size(); ++i) {
    list += (i ? "," : "") + outputs[i];
    assignments += "  outputs." + outputs[i] + " = out[" + std::to_string(i) + "];\n";
  }
  arguments.insert(arguments.end(), {"--outputs", list});
  arguments.insert(arguments.end(), options.begin(), options.end());
  require(runCnx(arguments), "cnx compile " + model);

  const fs::path source = folder_ / "shim.c", object = folder_ / "shim.so";
  std::ofstream(source) << replaceAll(replaceAll(kShim, "@OUTPUTS@", assignments), "$", name);
  const std::string libraries = CNX_TEST_LIBRARIES;
  require(runProgram({"cc",
                      "-std=c99",
                      "-pedantic",
                      "-Wall",
                      "-Wextra",
                      "-Werror",
                      "-O1",
                      "-fPIC",
                      "-shared",
                      "-Wl,-z,defs",
                      "-I",
                      folder_.string(),
                      "-I",
                      CNX_TEST_HEADERS,
                      source.string(),
                      (folder_ / ("lib" + name + ".a")).string(),
                      libraries + "/libcnx_rt.a",
                      "-pthread",
                      "-lm",
                      "-o",
                      object.string()}),
          "cc shim.c");
  library_ = dlopen(object.c_str(), RTLD_NOW | RTLD_LOCAL);
  INFO((library_ ? "" : dlerror()));
  REQUIRE(library_);
}

CompiledModel::~CompiledModel() {
  if (library_)
    dlclose(library_);
}

ForwardResult CompiledModel::forward(int batch, const void *image, const std::vector<size_t> &sizes,
                                     unsigned threads, const std::string &weights) const {
  using Forward =
      int (*)(const char *, unsigned, int, const void *, float *const *, int *, char *, size_t);
  auto forward = reinterpret_cast<Forward>(dlsym(library_, "shim_forward"));
  REQUIRE(forward);
  ForwardResult result;
  std::vector<float *> pointers;
  for (size_t size : sizes)
    result.outputs.emplace_back(size, std::numeric_limits<float>::quiet_NaN());
  for (std::vector<float> &output : result.outputs)
    pointers.push_back(output.data());
  char message[512] = "";
  const std::string path = weights.empty() ? this->weights().string() : weights;
  result.status = forward(path.c_str(), threads, batch, image, pointers.data(), &result.level,
                          message, sizeof message);
  result.message = message;
  return result;
}
