// Loaded checkpoints, built and evaluated, against what the frameworks computed from them.
#include "compiler/weights/SafetensorsFile.h"
#include "tests/support/catch.h"
#include "tests/unit/frontend/ReferenceRun.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

using namespace cnx;
using namespace cnx::test;
namespace fs = std::filesystem;

namespace {

const fs::path kVectors = CNX_VECTORS;

std::vector<double> read(const SafetensorsFile &file, const std::string &name) {
  const cnx_io_tensor *tensor = file.find(name);
  REQUIRE(tensor);
  std::vector<float> values(static_cast<size_t>(elementCount(shapeOf(*tensor))));
  readFloats(*tensor, file.path(), values);
  return {values.begin(), values.end()};
}

double distance(const std::vector<double> &found, const std::vector<double> &expected) {
  REQUIRE(found.size() == expected.size());
  double worst = 0, largest = 0;
  for (size_t i = 0; i < found.size(); ++i) {
    worst = std::max(worst, std::abs(found[i] - expected[i]));
    largest = std::max(largest, std::abs(expected[i]));
  }
  return worst / largest;
}

// The frameworks computed in float32, at most 4e-6 from double.
constexpr double kTolerance = 1e-5;

} // namespace

TEST_CASE("logits, pooled vectors and maps of the committed checkpoints") {
  auto name = GENERATE(as<std::string>{}, "timm_v1", "timm_v1_wide", "timm_conv_mlp", "timm_hnf",
                       "timm_mlp_head", "timm_no_head", "timm_v2", "timm_v2_conv_mlp", "timm_f16",
                       "timm_bf16", "timm_hub", "timm_hub_v2", "torchvision_v1", "hf_v1", "hf_v2",
                       "hf_small", "hf_bare_v2", "fair_v1", "fair_v2", "lucid_v1", "open_clip_proj",
                       "open_clip_mlp");
  INFO(name);
  SafetensorsFile io(kVectors / (name + ".io.safetensors"));
  auto number = [&](const char *key) { return std::stoll(io.metadata(key).value()); };
  ModelOptions options;
  options.image = {{number("height"), number("width")}};
  options.batches = {number("batch")};
  fs::path path = kVectors / name;
  Model model =
      loadModel(fs::is_directory(path) ? path : kVectors / (name + ".safetensors"), options);
  for (std::string output : {"logits", "pooled", "stem", "stage0", "stage1", "stage2", "stage3"})
    if (io.find(output) && (output != "logits" || model.desc.numClasses > 0))
      options.outputs.push_back(output);
  auto results = runReference(model, options, read(io, "input"));
  CHECK(results.size() == options.outputs.size());
  for (const std::string &output : options.outputs) {
    INFO(output);
    // With a hidden layer timm's `pooled` is what follows it; ours is what leads to it.
    bool beforeHidden = output == "pooled" && io.find("head_norm");
    CHECK(distance(results.at(output), read(io, beforeHidden ? "head_norm" : output)) < kTolerance);
  }
}
