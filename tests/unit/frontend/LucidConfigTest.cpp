// lucid's folders: what a model saves, and what its hub has.
#include "compiler/Error.h"
#include "compiler/frontend/Frontend.h"
#include "tests/support/TemporaryFolder.h"
#include "tests/support/catch.h"
#include "tests/unit/frontend/Networks.h"

#include <fstream>
#include <nlohmann/json.hpp>

using namespace cnx;
using namespace cnx::test;
using Catch::Matchers::Contains;
using nlohmann::json;

namespace {

class LucidFolder {
public:
  LucidFolder() { lucidNetwork({}).save(folder / "model.safetensors"); }

  // As ModelConfig.save writes it.
  json saved = {{"depths", {1, 1, 2, 1}},   {"dims", {3, 4, 5, 6}},   {"dropout", 0.25},
                {"in_channels", 3},         {"layer_norm_eps", 1e-5}, {"layer_scale_init", 1e-4},
                {"model_type", "convnext"}, {"num_classes", 7}};
  // As the hub's converter writes it.
  json hub() const {
    json network = saved;
    network.erase("model_type");
    json labels;
    for (int i = 0; i < 7; ++i)
      labels[std::to_string(i)] = "class " + std::to_string(i);
    return {{"library_name", "lucid"},
            {"architecture", "convnext_tiny"},
            {"model_type", "convnext"},
            {"task", "image-classification"},
            {"config", network},
            {"preprocessing",
             {{"preprocessor_type", "ImageClassification"},
              {"init_kwargs",
               {{"crop_size", 224},
                {"resize_size", 236},
                {"mean", {0.5, 0.4, 0.3}},
                {"std", {0.2, 0.3, 0.4}},
                {"interpolation", "bilinear"}}}}},
            {"weights", {{"tag", "IMAGENET1K_V1"}, {"num_classes", 7}}},
            {"id2label", labels}};
  }
  Model load(const json &config) const {
    std::ofstream(folder / "config.json") << config.dump(1);
    return loadModel(folder / "", {});
  }
  void refuses(const json &config, const std::string &message) const {
    CHECK_THROWS_WITH(load(config), Contains(message));
  }

private:
  TemporaryFolder folder;
};

} // namespace

TEST_CASE_METHOD(LucidFolder, "a folder that lucid saved: eps of every norm, rates, no labels") {
  Model model = load(saved);
  CHECK(model.scheme == "lucid");
  CHECK(model.desc.eps == NormEps{1e-5, 1e-5, 1e-5});
  CHECK(model.desc.dropPath == 0.25);
  CHECK(model.desc.layerScaleInit == 1e-4);
  CHECK(model.info.labels.empty());
}

TEST_CASE_METHOD(LucidFolder, "a folder of lucid's hub: labels and pre-processing too") {
  Model model = load(hub());
  CHECK(model.desc.eps == NormEps{1e-5, 1e-5, 1e-5});
  CHECK(model.desc.dropPath == 0.25);
  REQUIRE(model.info.labels.size() == 7);
  CHECK(model.info.labels[6] == "class 6");
  const Preprocessing &p = model.info.preprocessing;
  CHECK(p.interpolation == "bilinear");
  CHECK(p.mean == std::array<double, 3>{0.5, 0.4, 0.3});
  CHECK(p.std == std::array<double, 3>{0.2, 0.3, 0.4});
  CHECK(resolve(p, 224, 224) ==
        ResizeAndCrop{ResizeAndCrop::Resize::shorter, 236, 236, ResizeAndCrop::Rounding::halfEven});
}

TEST_CASE_METHOD(LucidFolder, "lucid's sizes are those that the file names, whatever the crop") {
  json config = hub();
  for (auto [crop, resize] : {std::pair{224, 256}, {224, 224}, {128, 146}, {384, 384}, {96, 101}}) {
    config["preprocessing"]["init_kwargs"]["crop_size"] = crop;
    config["preprocessing"]["init_kwargs"]["resize_size"] = resize;
    Model model = load(config);
    CHECK(model.desc.height == crop);
    CHECK(model.desc.width == crop);
    CHECK(resolve(model.info.preprocessing, crop, crop).height == resize);
  }
}

TEST_CASE_METHOD(LucidFolder, "message: lucid's depths that disagree") {
  json config = hub();
  config["config"]["depths"] = {3, 3, 9, 3};
  refuses(config, "config.depths: found [3,3,9,3], expected [1, 1, 2, 1], as in the checkpoint");
}
TEST_CASE_METHOD(LucidFolder, "message: grey images of lucid") {
  saved["in_channels"] = 1;
  refuses(saved, "in_channels: found 1, expected 3, the only value that is supported");
}
TEST_CASE_METHOD(LucidFolder, "message: another kind of lucid's transforms") {
  json config = hub();
  config["preprocessing"]["preprocessor_type"] = "Detection";
  refuses(config, "preprocessing.preprocessor_type: found \"Detection\", expected "
                  "\"ImageClassification\"");
}
TEST_CASE_METHOD(LucidFolder, "message: a crop of lucid beyond the image") {
  json config = hub();
  config["preprocessing"]["init_kwargs"]["resize_size"] = 200;
  refuses(config, "resize_size: found 200, expected an integer from crop_size to");
}
TEST_CASE_METHOD(LucidFolder, "message: a rate of lucid") {
  saved["dropout"] = 1;
  refuses(saved, "config.json:14: dropout: found 1, expected a number in [0, 1)");
}
