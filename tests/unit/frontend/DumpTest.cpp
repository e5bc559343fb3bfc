// The phase `desc`: what is written is read back as the same model.
#include "compiler/Error.h"
#include "compiler/frontend/Frontend.h"
#include "tests/support/TemporaryFolder.h"
#include "tests/support/catch.h"

#include <fstream>
#include <nlohmann/json.hpp>

using namespace cnx;
using Catch::Matchers::Contains;

static bool same(const Parameter &a, const Parameter &b) {
  return a.name == b.name && a.shape == b.shape && a.storedShape == b.storedShape &&
         a.file == b.file && a.tensor == b.tensor && a.init == b.init &&
         a.initValue == b.initValue && a.seed == b.seed;
}

static void survives(const Model &model) {
  TemporaryFolder folder;
  std::string path = folder / "other.desc.json";
  std::ofstream(path) << writeDesc(model);
  Model again = loadModel(path, {});
  CHECK(again.name == model.name);
  CHECK(again.desc == model.desc);
  CHECK(again.scheme == model.scheme);
  CHECK(again.info.labels == model.info.labels);
  CHECK(again.info.preprocessing == model.info.preprocessing);
  CHECK(again.info.notes == model.info.notes);
  REQUIRE(again.parameters.size() == model.parameters.size());
  for (size_t i = 0; i < model.parameters.size(); ++i)
    CHECK(same(again.parameters[i], model.parameters[i]));
  CHECK(writeDesc(again) == writeDesc(model));
}

TEST_CASE("a dumped preset is the same model") {
  ModelOptions options;
  options.seed = 0xfedcba9876543210ull;
  survives(loadModel("convnext_atto", options));
  survives(loadModel("convnextv2_femto", {}));
  survives(loadModel("convnext_large_mlp", {}));
}

TEST_CASE("a dumped checkpoint is the same model") {
  std::string vectors = CNX_VECTORS;
  survives(loadModel(vectors + "/hf_v1", {}));
  survives(loadModel(vectors + "/timm_hub_v2", {}));
  survives(loadModel(vectors + "/torchvision_v1.safetensors", {}));
  survives(loadModel(vectors + "/open_clip_mlp.safetensors", {}));
}

namespace {

struct Dump {
  TemporaryFolder folder;
  nlohmann::json value = nlohmann::json::parse(writeDesc(loadModel("convnext_atto", {})));
  void refuses(const std::string &message, const ModelOptions &options = {}) {
    std::ofstream(folder / "m.desc.json") << value.dump(1);
    CHECK_THROWS_WITH(loadModel(folder / "m.desc.json", options), Contains(message));
  }
};

} // namespace

TEST_CASE_METHOD(Dump, "message: a dump of another format") {
  value["cnx_desc"] = 2;
  refuses("cnx_desc: found 2, expected 1, the format that this compiler writes");
}
TEST_CASE_METHOD(Dump, "message: a dump without a parameter") {
  value["parameters"].erase(3);
  refuses("parameters: found [");
  refuses("expected an array of 128 parameters");
}
TEST_CASE_METHOD(Dump, "message: a dump with another shape") {
  value["parameters"][0]["shape"][0] = 41;
  refuses("parameters[0].shape: found [41,3,4,4], expected [40, 3, 4, 4]");
}
TEST_CASE_METHOD(Dump, "message: a dump whose checkpoint has another shape") {
  value["parameters"][1]["stored"] = {40, 1, 2};
  refuses("parameters[1].stored: found [40,1,2], expected [40], with more or fewer ones");
  value["parameters"][1]["stored"] = std::vector<int>(9, 1);
  refuses("parameters[1].stored: found [1,1,1,1,1,1,1,1,1]");
}
TEST_CASE_METHOD(Dump, "message: a dump with an unknown initialiser") {
  value["parameters"][0]["init"] = "kaiming";
  refuses("parameters[0].init: found \"kaiming\", expected zeros, ones, trunc_normal or constant");
}
TEST_CASE_METHOD(Dump, "message: weights for a dump") {
  ModelOptions options;
  options.weights = "x.safetensors";
  refuses("--weights: found x.safetensors, expected none", options);
}
