// What a user sees of mistakes: exit code and words. And the commands that only print.
#include "tests/e2e/CompiledModel.h"
#include "tests/e2e/Vector.h"
#include "tests/support/catch.h"

#include <fstream>

namespace fs = std::filesystem;

namespace {

struct Mistake {
  std::vector<std::string> arguments;
  int exitCode;
  std::vector<std::string> words; // all of them stand in the message
};

void expect(const Mistake &mistake) {
  ProgramResult result = runCnx(mistake.arguments);
  INFO(result.err);
  CHECK(result.exitCode == mistake.exitCode);
  CHECK(result.out.empty());
  for (const std::string &word : mistake.words) {
    INFO("looking for: " << word);
    CHECK(result.err.find(word) != std::string::npos);
  }
}

std::string written(const fs::path &path, const std::string &text) {
  std::ofstream(path) << text;
  return path.string();
}

} // namespace

TEST_CASE("wrong command lines exit with 2", "[command-line]") {
  expect({{}, 2, {"subcommand"}});
  expect({{"compile"}, 2, {"MODEL", "required"}});
  expect({{"compile", "convnext_tiny"}, 2, {"-o", "required"}});
  expect({{"compile", "convnext_tiny", "-o", "x", "--batch", "many"}, 2, {"--batch", "many"}});
  expect({{"compile", "convnext_tiny", "-o", "x", "--batch", "0"}, 2, {"--batch"}});
  expect({{"compile", "convnext_tiny", "-o", "x", "--cpu", "v5"}, 2, {"--cpu", "v5"}});
  expect({{"compile", "convnext_tiny", "-o", "x", "--image", "12by3"},
          2,
          {"--image", "12by3", "HxW"}});
  expect({{"compile", "convnext_tiny", "-o", "x", "--emit", "asm"}, 2, {"--emit", "asm"}});
  expect({{"compile", "convnext_tiny", "-o", "x", "--input-format", "bgr"},
          2,
          {"--input-format", "bgr"}});
  expect({{"compile", "convnext_tiny", "-o", "x", "--eps", "-1"}, 2, {"--eps"}});
  expect({{"inspect", "convnext_atto", "--json", "--html"}, 2, {"--html", "--json"}});
  expect({{"inspect", "convnext_atto", "-o", "x"}, 2, {"-o", "--html"}});
  expect({{"fly", "convnext_tiny"}, 2, {"fly"}});
}

TEST_CASE("mistakes in the input exit with 1 and name file, field and what was expected",
          "[command-line]") {
  fs::path folder = testFolder("mistakes");
  std::string out = (folder / "out").string();
  auto compile = [&](std::string model, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments{"compile", std::move(model), "-o", out};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  };
  expect({compile("convnext_tinny"), 1, {"convnext_tinny", "convnext_tiny"}});
  expect({compile((folder / "none.json").string()), 1, {"none.json"}});
  expect({compile((folder / "none.mlir").string()), 1, {"none.mlir"}});
  expect({compile(written(folder / "a.pth", "x")), 1, {"a.pth", "safetensors"}});
  expect({compile(written(folder / "bad.json", "{\"model\": \"convnext\", \"depths\": [1, 2]}")),
          1,
          {"bad.json", "depths", "expected"}});
  expect({compile(
              written(folder / "field.json", "{\"model\": \"convnext\", \"depth\": [1, 1, 1, 1]}")),
          1,
          {"field.json", "depth", "depths"}});
  expect({compile(written(folder / "broken.mlir", "module {")), 1, {"broken.mlir:1"}});
  expect({compile("convnext_atto", {"--image", "16"}), 1, {"16", "32"}});
  expect({compile("convnext_atto", {"--outputs", "logitz"}), 1, {"logitz", "logits"}});
  expect({compile("convnext_atto", {"--name", "int"}), 1, {"int"}});
  expect({compile("convnext_atto", {"--weights", Vector("timm_v1").model()}),
          1,
          {"timm_v1.safetensors"}});
  expect({compile(Vector("timm_v1").model(), {"--num-classes", "4"}), 1, {"4", "10"}});

  ProgramResult dump =
      runCnx({"compile", Vector("timm_v1").model(), "--image", "64", "--emit", "fused", "-o", out});
  REQUIRE(dump.exitCode == 0);
  std::string fused = (fs::path(out) / "timm_v1.fused.mlir").string();
  expect({compile(fused, {"--batch", "2"}), 1, {"timm_v1.fused.mlir", "--batch"}});
  expect({compile(fused, {"--emit", "ir"}), 1, {"timm_v1.fused.mlir", "fused", "ir"}});
}

TEST_CASE("a folder that cannot be written", "[command-line]") {
  fs::path folder = testFolder("unwritable");
  std::string file = written(folder / "file", "");
  expect({{"compile", Vector("timm_v1").model(), "--image", "64", "-o", file}, 1, {file}});
}

TEST_CASE("models and versions", "[command-line]") {
  ProgramResult models = runCnx({"models"});
  CHECK(models.exitCode == 0);
  CHECK(models.out.find("convnext_tiny") != std::string::npos);
  CHECK(models.out.find("28589128") != std::string::npos); // timm's count of convnext_tiny
  CHECK(models.out.find("4.456") != std::string::npos);    // GMACs of it at 224 x 224

  ProgramResult version = runCnx({"version"});
  CHECK(version.exitCode == 0);
  for (const char *word : {"cnx 0.", "LLVM and MLIR 22.1", "Halide 21.0.0"})
    CHECK(version.out.find(word) != std::string::npos);
}

TEST_CASE("help is no mistake", "[command-line]") {
  ProgramResult help = runCnx({"compile", "--help"});
  CHECK(help.exitCode == 0);
  CHECK(help.out.find("--dump-ir") != std::string::npos);
}

TEST_CASE("a checkpoint may be called as something in the emitted code is", "[command-line]") {
  const fs::path folder = testFolder("file_names");
  for (const std::string name : {"run", "weights", "cnx_mine"}) {
    INFO(name);
    const fs::path file = folder / (name + ".safetensors");
    fs::copy_file(CNX_TEST_DIGITS "/model/model.safetensors", file);
    const ProgramResult result =
        runCnx({"compile", file.string(), "--emit", "desc", "-o", folder.string()});
    INFO(result.err);
    CHECK(result.exitCode == 0);
    CHECK(fs::exists(folder / ("net_" + name + ".desc.json")));
  }
}
