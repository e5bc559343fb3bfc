// Gradients of compiled networks against those that timm, torchvision and transformers computed.
#include "tests/e2e/Checkpoint.h"
#include "tests/e2e/CompiledModel.h"
#include "tests/e2e/Levels.h"
#include "tests/e2e/TrainingFiles.h"
#include "tests/support/catch.h"

#include <cstdlib>
#include <limits>

using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

// Norm of the difference over the norm: PyTorch's own float32 noise is a tenth of this.
constexpr double kTolerance = 2e-5;

struct Files {
  fs::path folder;
  std::string input, labels;

  Files(const std::string &test, const Vector &vector)
      : folder(testFolder(test)), input(saveImages(folder / "x.npy", vector.tensor("input"))),
        labels(saveLabels(folder / "y.npy", vector.integers("labels"))) {}

  std::string output() const { return folder / "grads.safetensors"; }
  std::vector<std::string> command(const Vector &vector,
                                   const std::vector<std::string> &options) const {
    std::vector<std::string> command{"grad",     vector.model(), "--input", input,
                                     "--labels", labels,         "-o",      output()};
    command.insert(command.end(), options.begin(), options.end());
    return command;
  }
};

std::map<std::string, Tensor> gradients(const Files &files, const Vector &vector,
                                        const std::vector<std::string> &options) {
  fs::remove(files.output());
  const ProgramResult result = runCnx(files.command(vector, options));
  INFO(result.err);
  REQUIRE(result.exitCode == 0);
  CHECK(result.out.empty());
  return readCheckpoint(files.output());
}

void judge(const Tensor &actual, const Tensor &expected, const std::string &name) {
  INFO(name);
  CHECK(actual.shape == expected.shape);
  REQUIRE(normOf(expected.values) > 0); // else the comparison would say nothing
  CHECK(normDifference(actual.values, expected.values) < kTolerance);
}

} // namespace

// CNX_TEST_CASE names the case: CMake registers one test for each with gradients.
TEST_CASE("gradients") {
  const char *name = std::getenv("CNX_TEST_CASE");
  REQUIRE(name);
  const Vector vector(name);
  const Files files(std::string("grad_") + name, vector);
  const std::vector<std::string> names = vector.namesAfter("grad.");
  REQUIRE(names.size() > 50);
  for (const Level &level : levels()) {
    LevelChoice choice(level);
    for (const std::vector<std::string> &options : std::vector<std::vector<std::string>>{
             {}, {"--input-grad", "--threads", "2"}, {"--no-fusion", "--input-grad"}}) {
      INFO(name << ", " << level.name << ", " << (options.empty() ? "" : options[0]));
      std::map<std::string, Tensor> found = gradients(files, vector, options);
      REQUIRE(found.count("loss") == 1);
      CHECK(found["loss"].shape.empty());
      CHECK(relativeDifference(found["loss"].values, vector.tensor("loss").values) < 1e-6);
      found.erase("loss");
      if (!options.empty()) {
        REQUIRE(found.count("input") == 1);
        if (vector.has("grad_input"))
          judge(found["input"], vector.tensor("grad_input"), "input");
        found.erase("input");
      }
      CHECK(found.size() == names.size());
      for (const std::string &parameter : names) {
        INFO(parameter);
        REQUIRE(found.count(parameter) == 1);
        judge(found[parameter], vector.tensor("grad." + parameter), parameter);
      }
    }
  }
}

TEST_CASE("gradients of a batch in parts are those of the whole", "[grad]") {
  const Vector vector("timm_hnf"); // batch 3
  const Files files("grad_parts", vector);
  const std::map<std::string, Tensor> whole = gradients(files, vector, {"--input-grad"});
  const std::map<std::string, Tensor> parts =
      gradients(files, vector, {"--input-grad", "--batch", "1"});
  REQUIRE(parts.size() == whole.size());
  for (const auto &[name, tensor] : whole) {
    INFO(name);
    CHECK(normDifference(parts.at(name).values, tensor.values) < kTolerance);
  }
}

TEST_CASE("an ignored image changes nothing", "[grad]") {
  const Vector vector("timm_hnf");
  const Tensor input = vector.tensor("input");
  const std::vector<int64_t> labels = vector.integers("labels");
  const Files files("grad_ignored", vector);
  saveLabels(files.folder / "y.npy", {labels[0], -1, labels[2]});
  const std::map<std::string, Tensor> ignored = gradients(files, vector, {});

  // The same two images alone.
  const size_t one = input.values.size() / 3;
  Tensor two{input.shape, {input.values.begin(), input.values.begin() + long(one)}};
  two.shape[0] = 2;
  two.values.insert(two.values.end(), input.values.end() - long(one), input.values.end());
  saveImages(files.folder / "x.npy", two);
  saveLabels(files.folder / "y.npy", {labels[0], labels[2]});
  const std::map<std::string, Tensor> alone = gradients(files, vector, {});
  REQUIRE(alone.size() == ignored.size());
  for (const auto &[name, tensor] : alone) {
    INFO(name);
    CHECK(normDifference(ignored.at(name).values, tensor.values) < kTolerance);
  }
}

TEST_CASE("only what is trainable has a gradient, the same one", "[grad]") {
  const Vector vector("timm_v1");
  const Files files("grad_trainable", vector);
  const std::map<std::string, Tensor> some =
      gradients(files, vector, {"--trainable", "^head\\.fc|stages\\.3.*gamma"});
  CHECK(some.size() == 1 + 2 + 1); // loss, the last layer, the one block of the last stage
  for (const auto &[name, tensor] : some)
    if (name != "loss")
      judge(tensor, vector.tensor("grad." + name), name);
}

TEST_CASE("grad refuses what does not fit", "[grad]") {
  const Vector vector("timm_v1");
  const Files files("grad_errors", vector);
  const auto refused = [&](const std::vector<std::string> &options, int exitCode,
                           const std::string &message) {
    const ProgramResult result = runCnx(files.command(vector, options));
    CHECK(result.exitCode == exitCode);
    CHECK_THAT(result.err, Contains(message));
    CHECK_FALSE(fs::exists(files.output()));
  };
  refused({"--input-grad", "--input-format", "u8-nhwc"}, 2, "--input-grad");
  saveLabels(files.folder / "y.npy", {1, 2, 3});
  refused({}, 1, "y.npy: found I64 [3], expected I64 or U8 [2]");
  saveLabels(files.folder / "y.npy", {1, 1000});
  refused({}, 1, "y.npy[1]: found 1000, expected a class from 0 to");
  saveLabels(files.folder / "y.npy", {1, -2});
  refused({}, 1, "y.npy[1]: found -2");
  saveLabels(files.folder / "y.npy", {-1, -1});
  refused({}, 1, "y.npy: found -1 alone");
  saveLabels(files.folder / "y.npy", {1, 2});
  refused({"--trainable", "^nothing$"}, 1, "nothing");
  refused({"--batch", "4"}, 1, "expected a multiple of the batch 4");
}
