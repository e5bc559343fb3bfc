// Compiled models inside real programs: symbols, two models in one program, valgrind.
#include "tests/e2e/CompiledModel.h"
#include "tests/e2e/Vector.h"
#include "tests/support/catch.h"

#include <fstream>
#include <set>
#include <sstream>

namespace fs = std::filesystem;

namespace {

// Prints the first logit of each of two networks.
constexpr const char *kProgram = R"(#include "first.h"
#include "second.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RUN(NAME)                                                                                  \
  static int run_##NAME(const char *path, const float *image) {                                    \
    NAME##_weights *weights = NULL;                                                                \
    NAME *network = NULL;                                                                          \
    NAME##_outputs outputs;                                                                        \
    cnx_rt_options options;                                                                        \
    cnx_rt_error error;                                                                            \
    static float logits[10];                                                                       \
    cnx_rt_status status;                                                                          \
    memset(&options, 0, sizeof options);                                                           \
    options.struct_size = sizeof options;                                                          \
    options.threads = 2;                                                                           \
    memset(&outputs, 0, sizeof outputs);                                                           \
    outputs.struct_size = sizeof outputs;                                                          \
    outputs.logits = logits;                                                                       \
    status = NAME##_weights_open(path, 0, &weights, &error);                                       \
    if (!status)                                                                                   \
      status = NAME##_create(&options, weights, &network, &error);                                 \
    NAME##_weights_release(weights); /* the context holds it as well */                            \
    if (!status)                                                                                   \
      status = NAME##_forward(network, 1, CNX_RT_EVALUATE, image, &outputs);                       \
    if (!status)                                                                                   \
      status = NAME##_forward(network, 1, CNX_RT_EVALUATE, image, &outputs);                       \
    NAME##_destroy(network);                                                                       \
    printf("%.9g\n", logits[0]);                                                                   \
    return (int)status;                                                                            \
  }
RUN(first)
RUN(second)

int main(int argc, char **argv) {
  float *image = calloc(3 * 64 * 64, sizeof(float));
  int status;
  if (argc != 3 || !image)
    return 2;
  image[77] = 1;
  status = run_first(argv[1], image) | run_second(argv[2], image);
  free(image);
  return status;
}
)";

std::string archive(const CompiledModel &model, const std::string &name) {
  return (model.folder() / ("lib" + name + ".a")).string();
}

ProgramResult require(ProgramResult result) {
  INFO(result.out << result.err);
  REQUIRE(result.exitCode == 0);
  return result;
}

// Names after the type letter in nm's output, by letter: defined and global, or undefined.
std::set<std::string> symbols(const std::string &file, bool defined) {
  ProgramResult nm = require(runProgram({"nm", "--format=posix", "--extern-only", file}));
  std::set<std::string> names, local;
  std::istringstream lines(nm.out);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string name, type;
    if (words >> name >> type && type.size() == 1)
      (type == "U" ? names : local).insert(name);
  }
  if (defined)
    return local;
  for (const std::string &name : local)
    names.erase(name);
  return names;
}

std::vector<std::string> size64() { return {"--image", "64"}; }

} // namespace

TEST_CASE("a model's archive exports its own names and calls the runtime only", "[programs]") {
  CompiledModel model("symbols", Vector("timm_v2").model(), {"logits"}, size64());
  std::set<std::string> defined = symbols(archive(model, "symbols"), true);
  CHECK(defined.count("symbols_forward"));
  for (const std::string &name : defined) {
    INFO(name);
    CHECK(name.rfind("symbols_", 0) == 0);
  }
  for (const std::string &name : symbols(archive(model, "symbols"), false)) {
    INFO(name);
    CHECK((name.rfind("cnx_rt_", 0) == 0 || name == "memcpy" || name == "memset" ||
           name == "_GLOBAL_OFFSET_TABLE_"));
  }
}

TEST_CASE("two models in one C program, under valgrind too", "[programs]") {
  CompiledModel first("first", Vector("timm_v1").model(), {"logits"}, size64());
  CompiledModel second("second", Vector("timm_v2").model(), {"logits"}, size64());
  fs::path folder = testFolder("program");
  std::ofstream(folder / "main.c") << kProgram;
  std::string program = (folder / "program").string();
  require(runProgram({"cc",
                      "-std=c99",
                      "-pedantic",
                      "-Wall",
                      "-Wextra",
                      "-Werror",
                      "-g",
                      "-I",
                      first.folder().string(),
                      "-I",
                      second.folder().string(),
                      "-I",
                      CNX_TEST_HEADERS,
                      (folder / "main.c").string(),
                      "-o",
                      program,
                      archive(first, "first"),
                      archive(second, "second"),
                      CNX_TEST_LIBRARIES "/libcnx_rt.a",
                      "-pthread",
                      "-lm"}));

  std::vector<std::string> command{program, first.weights().string(), second.weights().string()};
  ProgramResult plain = require(runProgram(command, {{"CNX_RT_ISA", "v3"}}));

  std::vector<float> image(3 * 64 * 64);
  image[77] = 1;
  setenv("CNX_RT_ISA", "v3", 1);
  std::ostringstream expected;
  expected.precision(9);
  for (const CompiledModel *model : {&first, &second})
    expected << model->forward(1, image.data(), {10}).outputs[0][0] << '\n';
  unsetenv("CNX_RT_ISA");
  CHECK(plain.out == expected.str());

  std::vector<std::string> valgrind{"valgrind", "--quiet", "--error-exitcode=99",
                                    "--leak-check=full",
                                    "--errors-for-leak-kinds=definite,indirect,possible"};
  valgrind.insert(valgrind.end(), command.begin(), command.end());
  CHECK(require(runProgram(valgrind, {{"CNX_RT_ISA", "v3"}})).out == plain.out);
}

// The archive's kernels were Halide's too, and keep their parallel loops to themselves.
TEST_CASE("two models in a program that uses Halide itself", "[programs]") {
  CompiledModel first("first", Vector("timm_v1").model(), {"logits"}, size64());
  CompiledModel second("second", Vector("timm_v2").model(), {"logits"}, size64());
  fs::path folder = testFolder("halide_program");
  std::ofstream(folder / "main.c") << "#define main models\n" << kProgram;
  std::ofstream(folder / "pipeline.cpp") << R"(#include <Halide.h>
#include <cstdio>
extern "C" int models(int argc, char **argv);
int main(int argc, char **argv) {
  Halide::Func squares;
  Halide::Var x;
  squares(x) = x * x;
  squares.parallel(x);
  int sum = 0;
  for (int round = 0; round < 2; ++round) {
    Halide::Buffer<int> values = squares.realize({100});
    for (int i = 0; i < 100; ++i)
      sum += values(i);
    if (models(argc, argv))
      return 1;
  }
  std::printf("%d\n", sum);
}
)";
  require(runProgram({"cc", "-std=c99", "-I", first.folder().string(), "-I",
                      second.folder().string(), "-I", CNX_TEST_HEADERS, "-c",
                      (folder / "main.c").string(), "-o", (folder / "main.o").string()}));
  std::string program = (folder / "program").string();
  require(runProgram(
      {"c++", "-std=c++20", "-isystem", CNX_TEST_HALIDE_INCLUDE, (folder / "pipeline.cpp").string(),
       (folder / "main.o").string(), "-o", program, archive(first, "first"),
       archive(second, "second"), CNX_TEST_LIBRARIES "/libcnx_rt.a", CNX_TEST_HALIDE_LIBRARY,
       std::string("-Wl,-rpath,") + fs::path(CNX_TEST_HALIDE_LIBRARY).parent_path().string(),
       "-pthread"}));
  const ProgramResult result =
      require(runProgram({program, first.weights().string(), second.weights().string()}));

  std::vector<float> image(3 * 64 * 64);
  image[77] = 1;
  std::ostringstream logits;
  logits.precision(9);
  for (const CompiledModel *model : {&first, &second})
    logits << model->forward(1, image.data(), {10}).outputs[0][0] << '\n';
  CHECK(result.out == logits.str() + logits.str() + "656700\n");
}

TEST_CASE("weights of another build are refused", "[programs]") {
  CompiledModel one("one", Vector("timm_v1").model(), {"logits"}, size64());
  CompiledModel other("other", Vector("timm_v2").model(), {"logits"}, size64());
  std::vector<float> image(3 * 64 * 64);
  ForwardResult result = one.forward(1, image.data(), {10}, 1, other.weights().string());
  CHECK(result.status == 3); // CNX_RT_OTHER_MODEL
  CHECK(result.message.find("other.weights") != std::string::npos);

  result = one.forward(2, image.data(), {20});
  CHECK(result.status == 6); // CNX_RT_BAD_BATCH
  CHECK(result.message.find("2") != std::string::npos);
}
