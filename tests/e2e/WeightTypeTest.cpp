// Weights that are stored as bfloat16, of a network whose widest matrices are large enough for it.
#include "tests/e2e/Checkpoint.h"
#include "tests/e2e/CompiledModel.h"
#include "tests/e2e/Npy.h"
#include "tests/support/catch.h"

#include <fstream>
#include <random>

namespace fs = std::filesystem;
using Catch::Matchers::Contains;

namespace {

constexpr const char *kDescription = R"({
  "model": "convnext", "num_classes": 10, "depths": [1, 1, 1, 2], "dims": [16, 24, 40, 264],
  "layer_scale_init": 1, "image": [64, 64]
})";

struct Network {
  fs::path folder;
  std::string description, input;

  explicit Network(const char *name, int64_t images) : folder(testFolder(name)) {
    description = folder / "wide.json";
    std::ofstream(description) << kDescription;
    Tensor tensor{{images, 3, 64, 64}, {}};
    std::minstd_rand random(5);
    std::normal_distribution<float> noise;
    for (int64_t i = 0; i < images * 3 * 64 * 64; ++i)
      tensor.values.push_back(noise(random));
    input = saveNpy(folder / "x.npy", tensor);
  }
  std::string at(const char *file) const { return (folder / file).string(); }

  ProgramResult cnx(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin() + 1, description);
    ProgramResult result = runCnx(arguments);
    INFO(result.err);
    REQUIRE(result.exitCode == 0);
    return result;
  }
};

} // namespace

TEST_CASE("kernels compute with the rounded weights", "[weight-type]") {
  // 4 pixels in the last stage: a task a panel; 256: a task a band of rows.
  const Network network("bf16_kernels", GENERATE(1, 64));
  for (const char *level : {"v3", "v4"}) {
    const ProgramResult result =
        network.cnx({"diff", "--input", network.input, "--weight-type", "bf16", "--cpu", level});
    CHECK_THAT(result.out, Contains("launches within 1.0e-05 of the double-precision reference"));
  }
  std::map<std::string, Tensor> logits;
  for (const char *type : {"f32", "bf16"}) {
    network.cnx(
        {"run", "--input", network.input, "--output", network.at("y.npy"), "--weight-type", type});
    logits[type] = readNpy(network.at("y.npy"));
  }
  // Each weight is off by 2^-9 of itself at most, and the sums of many by less.
  const double difference = normDifference(logits["bf16"].values, logits["f32"].values);
  CHECK(difference > 1e-4);
  CHECK(difference < 1.0 / 256);
}

TEST_CASE("a bfloat16 build's weight file", "[weight-type]") {
  const Network network("bf16_files", 1);
  for (const char *type : {"f32", "bf16"})
    network.cnx({"compile", "--weight-type", type, "-o", network.at(type), "--name", "wide"});
  const auto read = [&](const char *file) {
    std::ifstream stream(network.at(file), std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(stream), {});
  };
  const std::string whole = read("f32/wide.weights"), half = read("bf16/wide.weights");
  // Two blocks' 1056 x 264 and 264 x 1056, in panels of 16, two bytes less an element.
  CHECK(whole.size() - half.size() == 2 * 2 * 16 * (66 * 264 + 17 * 1056));
  network.cnx({"pack", "--for", network.at("bf16"), "-o", network.at("again.weights")});
  CHECK((read("again.weights") == half));
  CHECK(runCnx({"inspect", network.at("bf16")}).exitCode == 0);

  fs::copy_file(network.at("f32/wide.weights"), network.at("bf16/wide.weights"),
                fs::copy_options::overwrite_existing);
  CHECK(runCnx({"inspect", network.at("bf16")}).exitCode == 1);
}

TEST_CASE("what is trained is not stored as bfloat16", "[weight-type]") {
  const Network network("bf16_train", 1);
  const ProgramResult result = runCnx({"compile", network.description, "--train", "--weight-type",
                                       "bf16", "-o", network.at("out")});
  CHECK(result.exitCode == 1);
  CHECK_THAT(result.err, Contains("--weight-type: found bf16, expected f32 with --train"));
  CHECK_FALSE(fs::exists(network.at("out")));
}
