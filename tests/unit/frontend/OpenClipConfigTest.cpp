// open_clip's folders, whose image tower is a network of timm.
#include "compiler/Error.h"
#include "compiler/frontend/DefaultPreprocessing.h"
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

class ClipFolder {
public:
  ClipFolder() { openClipNetwork({}, 0).save(folder / "open_clip_model.safetensors"); }

  // As open_clip's save_for_hf writes it.
  json config = {{"model_cfg",
                  {{"embed_dim", 7},
                   {"vision_cfg",
                    {{"timm_model_name", "my_convnext"},
                     {"timm_model_pretrained", false},
                     {"timm_pool", ""},
                     {"timm_proj", "linear"},
                     {"timm_drop", 0.0},
                     {"timm_drop_path", 0.1},
                     {"image_size", 96}}},
                   {"text_cfg", {{"context_length", 77}, {"vocab_size", 49408}, {"width", 640}}}}},
                 {"preprocess_cfg", {{"mean", {0.1, 0.2, 0.3}}, {"std", {0.4, 0.5, 0.6}}}}};
  json &tower() { return config["model_cfg"]["vision_cfg"]; }
  json &feeding() { return config["preprocess_cfg"]; }

  Model load() const {
    std::ofstream(folder / "open_clip_config.json") << config.dump(1);
    return loadModel(folder / "", {});
  }
  void refuses(const std::string &message) const {
    CHECK_THROWS_WITH(load(), Contains("open_clip_config.json:") && Contains(message));
  }

  TemporaryFolder folder;
};

} // namespace

TEST_CASE_METHOD(ClipFolder, "the image tower of a folder of open_clip") {
  Model model = load();
  CHECK(model.scheme == "open_clip");
  CHECK(model.desc.numClasses == 7); // components of the embedding
  CHECK(model.desc.height == 96);
  CHECK(model.desc.width == 96);
  CHECK(model.desc.dropPath == 0.1);
  CHECK(model.desc.eps == NormEps{});
  CHECK(model.info.labels.empty());
  const Preprocessing &p = model.info.preprocessing;
  CHECK(p.mean == std::array<double, 3>{0.1, 0.2, 0.3});
  CHECK(p.std == std::array<double, 3>{0.4, 0.5, 0.6});
  CHECK(p.interpolation == "bicubic");
  CHECK(resolve(p, 96, 96) ==
        ResizeAndCrop{ResizeAndCrop::Resize::shorter, 96, 96, ResizeAndCrop::Rounding::halfEven});
}

TEST_CASE_METHOD(ClipFolder, "open_clip's other ways to resize, and its defaults") {
  tower()["image_size"] = {64, 96};
  feeding() = {{"resize_mode", "squash"}, {"interpolation", "bilinear"}};
  Model model = load();
  CHECK(model.desc.height == 64);
  CHECK(model.desc.width == 96);
  CHECK(model.info.preprocessing.interpolation == "bilinear");
  CHECK(resolve(model.info.preprocessing, 64, 96).resize == ResizeAndCrop::Resize::exact);
  CHECK(model.info.preprocessing.mean ==
        defaultPreprocessing("open_clip", model.desc).mean); // CLIP's own
  feeding()["interpolation"] = "random";
  CHECK(load().info.preprocessing.interpolation == "bicubic");
}

TEST_CASE_METHOD(ClipFolder, "a folder of open_clip without its configuration") {
  Model model = loadModel(folder / "", {});
  CHECK(model.scheme == "open_clip");
  CHECK(model.desc.height == 224);
  CHECK(model.info.preprocessing == defaultPreprocessing("open_clip", model.desc));
}

TEST_CASE_METHOD(ClipFolder, "message: another network than open_clip's configuration names") {
  tower()["timm_model_name"] = "convnext_base.clip_laion2b";
  refuses("timm_model_name: found \"convnext_base.clip_laion2b\", expected the network in the "
          "checkpoint");
}
TEST_CASE_METHOD(ClipFolder, "message: a tower of open_clip that is no plain ConvNeXt") {
  tower()["timm_model_name"] = "convnext_atto_ols";
  refuses("timm_model_name: found \"convnext_atto_ols\", expected a plain ConvNeXt (its stem");
}
TEST_CASE_METHOD(ClipFolder, "message: a tower of open_clip without timm") {
  tower().erase("timm_model_name");
  refuses("model_cfg.vision_cfg.timm_model_name: found nothing, expected the name of a ConvNeXt");
}
TEST_CASE_METHOD(ClipFolder, "message: another embedding") {
  config["model_cfg"]["embed_dim"] = 8;
  refuses("model_cfg.embed_dim: found 8, expected 7, as in the checkpoint");
}
TEST_CASE_METHOD(ClipFolder, "message: a pool with attention") {
  tower()["timm_pool"] = "rot_attn";
  refuses("timm_pool: found \"rot_attn\", expected one of \"\", \"avg\"");
}
TEST_CASE_METHOD(ClipFolder, "images of open_clip that are padded with black") {
  feeding()["resize_mode"] = "longest";
  CHECK(resolve(load().info.preprocessing, 96, 96) ==
        ResizeAndCrop{ResizeAndCrop::Resize::contain, 96, 96, ResizeAndCrop::Rounding::halfEven});
}
TEST_CASE_METHOD(ClipFolder, "message: another way to resize") {
  feeding()["resize_mode"] = "shorter";
  refuses("preprocess_cfg.resize_mode: found \"shorter\", expected \"shortest\", \"longest\" or "
          "\"squash\"");
}
TEST_CASE_METHOD(ClipFolder, "message: an image of open_clip that is too small") {
  tower()["image_size"] = 16;
  refuses("image_size: found 16, expected sides from 32 to");
}
