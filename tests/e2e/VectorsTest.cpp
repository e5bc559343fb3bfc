// Whole networks against what timm, torchvision, transformers and open_clip computed themselves.
#include "tests/e2e/CompiledModel.h"
#include "tests/e2e/Levels.h"
#include "tests/e2e/Vector.h"
#include "tests/support/catch.h"

#include <cstdlib>

namespace {

// Of the largest value: PyTorch's own float32 noise is a tenth of this, a wrong eps or GELU is
// above it.
constexpr double kTolerance = 1e-5;

std::vector<size_t> sizesOf(const Vector &vector, const std::vector<std::string> &outputs) {
  std::vector<size_t> sizes;
  for (const std::string &output : outputs)
    sizes.push_back(vector.output(output).values.size());
  return sizes;
}

} // namespace

// CNX_TEST_CASE names the case: CMake registers one test for each file of tests/vectors.
TEST_CASE("vectors") {
  const char *name = std::getenv("CNX_TEST_CASE");
  REQUIRE(name);
  Vector vector(name);
  std::vector<std::string> outputs = vector.outputs();
  std::vector<size_t> sizes = sizesOf(vector, outputs);
  int batch = std::stoi(vector.metadata("batch"));
  Tensor input = vector.tensor("input");

  for (bool fusion : {true, false}) {
    std::vector<std::string> options = vector.options();
    if (!fusion)
      options.push_back("--no-fusion");
    CompiledModel model(std::string(name) + (fusion ? "" : "_plain"), vector.model(), outputs,
                        options);
    for (const Level &level : levels()) {
      LevelChoice choice(level);
      ForwardResult one = model.forward(batch, input.values.data(), sizes, 1);
      INFO(name << (fusion ? "" : " without fusion") << ", " << level.name << ": " << one.message);
      REQUIRE(one.status == 0);
      CHECK(one.level == level.value);
      for (size_t i = 0; i < outputs.size(); ++i) {
        INFO(outputs[i]);
        CHECK(relativeDifference(one.outputs[i], vector.output(outputs[i]).values) < kTolerance);
      }
      for (unsigned threads : {2u, 3u}) {
        INFO(threads << " threads");
        CHECK(model.forward(batch, input.values.data(), sizes, threads).outputs == one.outputs);
      }
    }
  }
}

// A bare file cannot tell the tanh form of GELU, so cnx computes the exact one: what the tolerance
// must see.
TEST_CASE("a wrong GELU lies outside the tolerance") {
  Vector vector("timm_gelu_tanh");
  std::vector<std::string> options = vector.options();
  options.insert(options.end(), {"--eps", "1e-5"});
  CompiledModel model("gelu_tanh", vector.model(), {"logits", "stem"}, options);
  Tensor logits = vector.tensor("logits"), stem = vector.tensor("stem");
  ForwardResult result =
      model.forward(std::stoi(vector.metadata("batch")), vector.tensor("input").values.data(),
                    {logits.values.size(), stem.values.size()});
  INFO(result.message);
  REQUIRE(result.status == 0);
  CHECK(relativeDifference(result.outputs[1], stem.values) < kTolerance);
  CHECK(relativeDifference(result.outputs[0], logits.values) > 2 * kTolerance);
}

TEST_CASE("networks that are no plain ConvNeXt are refused") {
  struct Refusal {
    const char *name, *word;
  };
  for (Refusal refusal : {Refusal{"timm_overlap_rms", "stem"},
                          {"timm_overlap_act", "stem"},
                          {"timm_kernels_silu", "kernel"}}) {
    Vector vector(refusal.name);
    ProgramResult result =
        runCnx({"compile", vector.model(), "-o", testFolder("refused").string()});
    INFO(refusal.name << ": " << result.err);
    CHECK(result.exitCode == 1);
    CHECK(result.err.find(refusal.word) != std::string::npos);
    CHECK(result.err.find(vector.model()) != std::string::npos);
  }
}
