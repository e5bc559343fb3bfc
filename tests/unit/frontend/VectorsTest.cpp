// Checkpoints that the frameworks themselves wrote: sizes against the facts beside them, and every
// tensor used once.
#include "compiler/Error.h"
#include "compiler/frontend/Frontend.h"
#include "compiler/weights/SafetensorsFile.h"
#include "tests/support/catch.h"

#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <set>

using namespace cnx;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

static const fs::path kVectors = CNX_VECTORS;

static std::string checkpointOf(const std::string &name) {
  return fs::is_directory(kVectors / name) ? kVectors / name / "model.safetensors"
                                           : kVectors / (name + ".safetensors");
}
static std::string modelOf(const std::string &name) {
  return fs::is_directory(kVectors / name) ? kVectors / name : kVectors / (name + ".safetensors");
}

TEST_CASE("every committed checkpoint of a plain network") {
  auto name = GENERATE(as<std::string>{}, "timm_v1", "timm_v1_wide", "timm_conv_mlp", "timm_hnf",
                       "timm_mlp_head", "timm_no_head", "timm_v2", "timm_v2_conv_mlp", "timm_f16",
                       "timm_bf16", "timm_hub", "timm_hub_v2", "torchvision_v1", "hf_v1", "hf_v2",
                       "hf_small", "hf_bare_v2", "fair_v1", "fair_v2", "lucid_v1", "open_clip_proj",
                       "open_clip_mlp");
  INFO(name);
  SafetensorsFile facts(kVectors / (name + ".io.safetensors"));
  auto fact = [&](const char *key) { return facts.metadata(key).value_or("none"); };
  Model model = loadModel(modelOf(name), {});
  CHECK(modelName(model.desc.version) == fact("model"));
  CHECK(fmt::format("{}", fmt::join(model.desc.depths, ",")) == fact("depths"));
  CHECK(fmt::format("{}", fmt::join(model.desc.dims, ",")) == fact("dims"));
  CHECK(std::to_string(model.desc.numClasses) == fact("classes"));
  CHECK(model.desc.eps == NormEps{std::stod(fact("eps_stem")), std::stod(fact("eps_block")),
                                  std::stod(fact("eps_head"))});
  CHECK(model.desc.headNormFirst == (fact("head") == "norm_pool_fc"));
  CHECK((model.desc.headHidden > 0) == (fact("head") == "pool_norm_hidden_gelu_fc"));
  CHECK(model.scheme == fact("framework"));

  SafetensorsFile file(checkpointOf(name));
  std::set<std::string> used, stored;
  for (const Parameter &parameter : model.parameters) {
    if (parameter.file.empty())
      CHECK(parameter.name.find("visual.head.") == 0); // CLIP's projection has no bias
    else
      CHECK(used.insert(parameter.tensor).second);
  }
  for (const cnx_io_tensor &tensor : file.tensors())
    if (model.scheme != "open_clip" || std::string(tensor.name).find("visual.") == 0)
      stored.insert(tensor.name);
  CHECK(used == stored);
}

static void refuses(const std::string &name, const std::string &message) {
  CHECK_THROWS_WITH(loadModel(modelOf(name), {}), Contains(message));
}

TEST_CASE("message: committed checkpoints of networks that are not plain") {
  refuses("timm_overlap_rms",
          "an overlapping stem of two 3x3 convolutions, which is not supported");
  refuses("timm_overlap_act",
          "an overlapping stem of two 3x3 convolutions, which is not supported");
  refuses("timm_kernels_silu", "a depthwise kernel that is not 7x7, which is not supported");
}
