// Every phase can be stopped at and continued from, and equal input gives equal bytes.
#include "tests/e2e/CompiledModel.h"
#include "tests/e2e/Vector.h"
#include "tests/support/catch.h"

#include <fstream>
#include <set>

namespace fs = std::filesystem;

namespace {

std::string contents(const fs::path &path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), {}};
}

const std::set<std::string> kFiles{"micro.h", "micro.cpp", "libmicro.a", "micro.weights",
                                   "micro.json"};

std::set<std::string> filesOf(const fs::path &folder) {
  std::set<std::string> names;
  for (const auto &file : fs::directory_iterator(folder))
    names.insert(file.path().filename().string());
  return names;
}

void run(const std::vector<std::string> &arguments) {
  ProgramResult result = runCnx(arguments);
  INFO(result.err);
  REQUIRE(result.exitCode == 0);
  CHECK(result.out.empty());
}

void requireSameFiles(const fs::path &a, const fs::path &b) {
  REQUIRE(filesOf(a) == kFiles);
  REQUIRE(filesOf(b) == kFiles);
  for (const std::string &name : kFiles) {
    INFO(name << " in " << a << " and " << b);
    CHECK((contents(a / name) == contents(b / name)));
  }
}

std::vector<std::string> micro(const fs::path &out, std::vector<std::string> more = {},
                               const char *checkpoint = "timm_v1") {
  Vector vector(checkpoint);
  std::vector<std::string> arguments{"compile", vector.model(), "-o",      out.string(),
                                     "--name",  "micro",        "--image", "64"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

} // namespace

TEST_CASE("a compilation stops at a phase and goes on from its dump", "[phases]") {
  // Mean and deviation of bytes, and this eps, need all the digits of a double; torchvision stores
  // some tensors in shapes of its own.
  struct Build {
    const char *folder, *checkpoint;
    std::vector<std::string> building; // what a dump of the phase desc has to be told again
    std::vector<std::string> always;   // and any dump
  };
  const Build build = GENERATE(
      Build{"phases", "timm_v1", {}, {}},
      Build{"phases_u8", "torchvision_v1", {"--input-format", "u8-nhwc"}, {}},
      Build{"phases_train", "torchvision_v1", {"--batch", "2"}, {"--train", "--cpu", "v3"}});
  auto with = [](std::vector<std::string> list, const std::vector<std::string> &more) {
    list.insert(list.end(), more.begin(), more.end());
    return list;
  };
  const std::vector<std::string> options =
      with(with({"--eps", "1.2345678901234567e-06"}, build.building), build.always);
  fs::path folder = testFolder(build.folder);
  run(micro(folder / "direct", options, build.checkpoint));
  for (std::string phase : {"desc", "ir", "grad", "fused", "plan"}) {
    INFO(phase);
    fs::path stopped = folder / phase, resumed = folder / (phase + "_resumed");
    run(micro(stopped, with(options, {"--emit", phase}), build.checkpoint));
    std::string dump = "micro." + phase + (phase == "desc" ? ".json" : ".mlir");
    REQUIRE(filesOf(stopped) == std::set<std::string>{dump});
    std::vector<std::string> resume{"compile", (stopped / dump).string(), "-o", resumed.string()};
    if (phase == "desc")
      resume = with(resume, build.building);
    run(with(resume, build.always));
    requireSameFiles(folder / "direct", resumed);
  }
  fs::path code = folder / "code";
  run(micro(code, with(options, {"--emit", "code"}), build.checkpoint));
  CHECK(filesOf(code) == std::set<std::string>{"micro.code.cpp"});
  CHECK((contents(code / "micro.code.cpp") == contents(folder / "direct" / "micro.cpp")));
}

TEST_CASE("the emitted source begins with the stem, whatever becomes of the image", "[phases]") {
  fs::path folder = testFolder("stem");
  for (const char *format : {"f32-nchw", "f32-nhwc", "u8-nhwc"})
    for (const char *fusion : {"--explain", "--no-fusion"}) {
      INFO(format << " " << fusion);
      run(micro(folder, {"--emit", "code", "--input-format", format, fusion}));
      const std::string text = contents(folder / "micro.code.cpp");
      const size_t block = text.find("\nnamespace ", text.find("struct Run {"));
      REQUIRE(block != std::string::npos);
      CHECK(text.substr(block, 17) == "\nnamespace stem {");
    }
}

TEST_CASE("two compilations give the same bytes", "[phases]") {
  fs::path folder = testFolder("twice");
  run(micro(folder / "first", {"--no-cache", "--jobs", "1"}));
  run(micro(folder / "second", {"--no-cache", "--jobs", "3"}));
  requireSameFiles(folder / "first", folder / "second");
}

TEST_CASE("dumps of all phases and kernels", "[phases]") {
  fs::path folder = testFolder("dumps");
  run(micro(folder / "out", {"--dump-ir", (folder / "dump").string(), "--cpu", "v3"}));
  std::set<std::string> names = filesOf(folder / "dump");
  for (const char *name : {"0-micro.desc.json", "1-micro.ir.mlir", "2-micro.grad.mlir",
                           "3-micro.fused.mlir", "4-micro.plan.mlir", "5-micro.code.cpp"})
    CHECK(names.count(name));
  // Each kernel's graph, statement, LLVM IR and assembly.
  size_t graphs = 0;
  const std::string suffix = ".graph.json";
  for (const auto &file : fs::directory_iterator(folder / "dump" / "kernels"))
    if (std::string graph = file.path().string(); graph.ends_with(suffix)) {
      ++graphs;
      for (const char *kind : {".v3.stmt", ".v3.ll", ".v3.s"}) {
        fs::path dump = graph.substr(0, graph.size() - suffix.size()) + kind;
        INFO(dump);
        CHECK(fs::exists(dump));
      }
    }
  CHECK(graphs > 5);
}

TEST_CASE("other weights for an existing build", "[phases]") {
  fs::path folder = testFolder("pack");
  // The same architecture under torchvision's names, trained otherwise.
  Vector other("torchvision_v1");
  run(micro(folder / "build"));
  run({"pack", other.model(), "--for", (folder / "build").string(), "-o",
       (folder / "other.weights").string()});
  run({"compile", other.model(), "-o", (folder / "direct").string(), "--name", "micro", "--image",
       "64"});
  CHECK((contents(folder / "other.weights").substr(16) ==
         contents(folder / "direct" / "micro.weights").substr(16)));
  CHECK((contents(folder / "other.weights").substr(0, 24) ==
         contents(folder / "build" / "micro.weights").substr(0, 24)));

  Vector wide("timm_v1_wide");
  ProgramResult result = runCnx({"pack", wide.model(), "--for", (folder / "build").string(), "-o",
                                 (folder / "wide.weights").string()});
  INFO(result.err);
  CHECK(result.exitCode == 1);
  CHECK_FALSE(fs::exists(folder / "wide.weights"));
}
