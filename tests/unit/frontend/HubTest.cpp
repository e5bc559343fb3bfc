// Folders as downloaded from a hub: the committed ones, and copies of them with one thing changed.
#include "compiler/Error.h"
#include "compiler/frontend/Frontend.h"
#include "tests/support/TemporaryFolder.h"
#include "tests/support/catch.h"
#include "tests/unit/frontend/Networks.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

using namespace cnx;
using namespace cnx::test;
using Catch::Matchers::Contains;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

const fs::path kVectors = CNX_VECTORS;

// A folder of the vectors, its JSON files open to changes.
class Copy {
public:
  explicit Copy(const std::string &name) {
    for (const auto &entry : fs::directory_iterator(kVectors / name))
      fs::copy(entry.path(), folder / entry.path().filename().string());
  }
  json read(const std::string &file) const { return json::parse(std::ifstream(folder / file)); }
  void write(const std::string &file, const json &value) const {
    std::ofstream(folder / file) << value.dump(1);
  }
  void change(const std::string &file, const json &patch) const {
    json value = read(file);
    value.merge_patch(patch);
    write(file, value);
  }
  void remove(const std::string &file) const { fs::remove(folder / file); }
  std::string path() const { return folder / ""; }
  Model load(const ModelOptions &options = {}) const { return loadModel(path(), options); }
  void refuses(const std::string &message) const { CHECK_THROWS_WITH(load(), Contains(message)); }

private:
  TemporaryFolder folder;
};

} // namespace

TEST_CASE("a folder of timm") {
  Model model = loadModel(kVectors / "timm_hub", {});
  CHECK(model.name == "timm_hub");
  CHECK(model.scheme == "timm");
  CHECK(model.desc.depths == std::array<int64_t, 4>{1, 1, 2, 1});
  CHECK(model.desc.numClasses == 7);
  CHECK(model.desc.height == 64);
  CHECK(model.info.labels == std::vector<std::string>{"ant", "bee", "cricket", "dragonfly",
                                                      "earwig", "firefly", "gnat"});
  CHECK(model.info.preprocessing.cropFraction == 0.95);
  CHECK(model.info.preprocessing.interpolation == "bicubic");
  CHECK(model.info.preprocessing.mean == kImageNetMean);
  CHECK(resolve(model.info.preprocessing, 64, 64).height == 67);
}

TEST_CASE("a folder of timm that squashes") {
  Model model = loadModel((kVectors / "timm_hub_v2").string() + "/", {});
  CHECK(model.name == "timm_hub_v2");
  CHECK(model.desc.version == Version::v2);
  CHECK(model.info.preprocessing.cropMode == Preprocessing::CropMode::squash);
  CHECK(model.info.preprocessing.std == std::array<double, 3>{0.5, 0.5, 0.5});
}

TEST_CASE("a folder of transformers") {
  Model model = loadModel(kVectors / "hf_v1", {});
  CHECK(model.scheme == "transformers");
  CHECK(model.desc.eps == NormEps{1e-6, 1e-6, 1e-12});
  CHECK(model.desc.height == 64);
  REQUIRE(model.info.labels.size() == 10);
  CHECK(model.info.labels[8] == "kiwi, green");
  CHECK(model.info.preprocessing.rules == Preprocessing::Rules::transformers);
  CHECK(model.info.preprocessing.cropFraction == 0.875);
  CHECK(model.info.preprocessing.mean == kImageNetMean);
}

TEST_CASE("labels beyond the tenth are in the order of their numbers") {
  TemporaryFolder folder;
  Sizes sizes;
  sizes.classes = 12;
  transformersNetwork(sizes, "convnext.").save(folder / "model.safetensors");
  json labels;
  for (int i = 0; i < 12; ++i)
    labels[std::to_string(i)] = "class " + std::to_string(i);
  std::ofstream(folder / "config.json") << json{{"model_type", "convnext"}, {"id2label", labels}};
  Model model = loadModel(folder / "", {});
  CHECK(model.info.labels[2] == "class 2");
  CHECK(model.info.labels[11] == "class 11");
}

TEST_CASE("the configuration's eps counts") {
  Copy hf("hf_v1");
  hf.change("config.json", {{"layer_norm_eps", 1e-5}});
  CHECK(hf.load().desc.eps == NormEps{1e-6, 1e-6, 1e-5});
  Copy timm("timm_hub");
  timm.change("config.json", {{"model_args", {{"norm_eps", 1e-5}}}});
  CHECK(timm.load().desc.eps == NormEps{1e-5, 1e-5, 1e-5});
  Copy xxlarge("timm_hub");
  xxlarge.change("config.json", {{"architecture", "convnext_xxlarge"}});
  CHECK(xxlarge.load().desc.eps == NormEps{1e-5, 1e-5, 1e-5});
}

TEST_CASE("--eps counts more, for transformers' final norm alone") {
  ModelOptions options;
  options.eps = 1e-4;
  CHECK(Copy("hf_v1").load(options).desc.eps == NormEps{1e-6, 1e-6, 1e-4});
  CHECK(Copy("timm_hub").load(options).desc.eps == NormEps{1e-4, 1e-4, 1e-4});
}

TEST_CASE("a checkpoint named by its file finds the configuration beside it") {
  Model model = loadModel(kVectors / "timm_hub" / "model.safetensors", {});
  CHECK(model.name == "model");
  CHECK(model.info.labels.size() == 7);
  CHECK(model.desc.height == 64);
}

TEST_CASE("a configuration of something else beside a file is left alone") {
  Copy copy("timm_hub");
  copy.write("config.json", {{"learning_rate", 1e-3}});
  CHECK(loadModel(copy.path() + "/model.safetensors", {}).info.labels.empty());
  copy.refuses("config.json:1: found neither \"architecture\" nor \"model_type\"");
}

TEST_CASE("older configurations of timm have everything at the top") {
  Copy copy("timm_hub");
  copy.write("config.json", {{"architecture", "convnext_atto"},
                             {"num_classes", 7},
                             {"input_size", {3, 96, 80}},
                             {"crop_pct", 0.9},
                             {"interpolation", "bilinear"},
                             {"mean", {0, 0, 0}}});
  Model model = copy.load();
  CHECK(model.desc.height == 96);
  CHECK(model.desc.width == 80);
  CHECK(model.info.preprocessing.cropFraction == 0.9);
  CHECK(model.info.preprocessing.interpolation == "bilinear");
  CHECK(model.info.preprocessing.mean == std::array<double, 3>{0, 0, 0});
}

TEST_CASE("forms of transformers' size") {
  Copy copy("hf_v1");
  json processor = copy.read("preprocessor_config.json");
  processor["size"] = 96;
  copy.write("preprocessor_config.json", processor);
  CHECK(copy.load().desc.height == 96);
  processor["size"] = {{"height", 64}, {"width", 128}};
  copy.write("preprocessor_config.json", processor);
  CHECK(copy.load().desc.width == 128);
}

TEST_CASE("without preprocessor_config.json the image's size is the configuration's") {
  Copy copy("hf_v1");
  copy.remove("preprocessor_config.json");
  copy.change("config.json", {{"image_size", 128}});
  Model model = copy.load();
  CHECK(model.desc.height == 128);
  CHECK(model.info.preprocessing.mean == kImageNetMean);
}

// What the processor makes of a pixel of channel 1, and what the model's pre-processing makes of
// it.
static void checkPixel(const Copy &copy, double factor, double mean, double std) {
  const Preprocessing p = copy.load().info.preprocessing;
  for (double pixel : {0.0, 77.0, 255.0})
    CHECK((pixel / 255 - p.mean[1]) / p.std[1] ==
          Approx((pixel * factor - mean) / std).margin(1e-9));
}

TEST_CASE("an image that is not normalised, or not rescaled, or by another factor") {
  Copy copy("hf_v1");
  const json processor = copy.read("preprocessor_config.json");
  const double mean = processor["image_mean"][1], std = processor["image_std"][1];
  checkPixel(copy, 1.0 / 255, mean, std);
  CHECK(copy.load().info.preprocessing.mean == kImageNetMean); // to the bit
  copy.change("preprocessor_config.json", {{"rescale_factor", 1.0 / 127.5}});
  checkPixel(copy, 1.0 / 127.5, mean, std);
  copy.change("preprocessor_config.json", {{"do_rescale", false}});
  checkPixel(copy, 1, mean, std);
  copy.change("preprocessor_config.json", {{"do_normalize", false}});
  checkPixel(copy, 1, 0, 1);
  copy.change("preprocessor_config.json", {{"do_rescale", true}, {"rescale_factor", nullptr}});
  checkPixel(copy, 1.0 / 255, 0, 1);
  CHECK(copy.load().info.preprocessing.std == std::array<double, 3>{1, 1, 1});
}

TEST_CASE("an image that is not resized comes in the network's size") {
  Copy copy("hf_v1");
  copy.change("config.json", {{"image_size", 96}});
  copy.change("preprocessor_config.json", {{"do_resize", false}});
  Model model = copy.load();
  CHECK(model.desc.height == 96); // the processor's own size counts for nothing then
  CHECK(resolve(model.info.preprocessing, 96, 96) ==
        ResizeAndCrop{ResizeAndCrop::Resize::exact, 96, 96, ResizeAndCrop::Rounding::halfEven});
  CHECK(model.info.preprocessing.mean == kImageNetMean);
  copy.change("config.json", {{"image_size", nullptr}});
  CHECK(copy.load().desc.height == 64);
}

TEST_CASE("a second crop that takes nothing away") {
  Copy copy("hf_v1");
  copy.change("preprocessor_config.json",
              {{"do_center_crop", true}, {"crop_size", {{"height", 64}, {"width", 64}}}});
  CHECK(resolve(copy.load().info.preprocessing, 64, 64).height == 73);
  copy.change("preprocessor_config.json", {{"do_center_crop", false}, {"crop_size", 32}});
  CHECK(copy.load().desc.height == 64);
}

TEST_CASE("message: classes that disagree") {
  Copy copy("timm_hub");
  copy.change("config.json", {{"num_classes", 9}});
  copy.refuses("num_classes: found 9, expected 7, as in the checkpoint");
}
TEST_CASE("message: labels that disagree") {
  Copy copy("timm_hub");
  copy.change("config.json", {{"label_names", {"one", "two"}}});
  copy.refuses("label_names: found 2 labels, expected 7, the checkpoint's number of classes");
}
TEST_CASE("message: labels with a hole") {
  Copy copy("hf_v1");
  copy.change("config.json", {{"id2label", {{"3", nullptr}}}});
  copy.refuses("id2label: found {");
  copy.refuses("expected a label for every class from 0 on, hence one for 3");
}
TEST_CASE("message: depths that disagree") {
  Copy copy("hf_v1");
  copy.change("config.json", {{"depths", {3, 3, 9, 3}}});
  copy.refuses("depths: found [3,3,9,3], expected [1, 1, 2, 1], as in the checkpoint");
}
TEST_CASE("message: another activation in transformers' configuration") {
  Copy copy("hf_v1");
  copy.change("config.json", {{"hidden_act", "gelu_new"}});
  copy.refuses(
      "hidden_act: found \"gelu_new\", expected \"gelu\", the only value that is supported");
}
TEST_CASE("message: another model type") {
  Copy copy("hf_v1");
  copy.change("config.json", {{"model_type", "convnextv2"}});
  copy.refuses("model_type: found \"convnextv2\", expected \"convnext\", as in the checkpoint");
}
TEST_CASE("message: an eps of zero") {
  Copy copy("hf_v1");
  copy.change("config.json", {{"layer_norm_eps", 0}});
  copy.refuses("layer_norm_eps: found 0, expected a number above 0");
}
TEST_CASE("message: a timm architecture that is not plain") {
  Copy copy("timm_hub");
  copy.change("config.json", {{"architecture", "test_convnext"}});
  copy.refuses("architecture: found \"test_convnext\", expected a plain ConvNeXt (its activation "
               "is the tanh form of GELU)");
}
TEST_CASE("message: another activation in timm's arguments") {
  Copy copy("timm_hub");
  copy.change("config.json", {{"model_args", {{"act_layer", "silu"}}}});
  copy.refuses("model_args.act_layer: found \"silu\", expected \"gelu\"");
}
TEST_CASE("a folder of timm that puts a border around its images") {
  Copy copy("timm_hub");
  copy.change("config.json", {{"pretrained_cfg", {{"crop_mode", "border"}}}});
  CHECK(resolve(copy.load().info.preprocessing, 64, 64) ==
        ResizeAndCrop{ResizeAndCrop::Resize::contain, 67, 67,
                      ResizeAndCrop::Rounding::halfEvenOnMean});
}
TEST_CASE("message: a crop mode that is not known") {
  Copy copy("timm_hub");
  copy.change("config.json", {{"pretrained_cfg", {{"crop_mode", "corner"}}}});
  copy.refuses("pretrained_cfg.crop_mode: found \"corner\", expected \"center\", \"squash\" or "
               "\"border\"");
}
TEST_CASE("message: a deviation of zero") {
  Copy copy("timm_hub");
  copy.change("config.json", {{"pretrained_cfg", {{"std", {0.2, 0, 0.2}}}}});
  copy.refuses("pretrained_cfg.std: found [0.2,0,0.2], expected 3 numbers from 1e-6 to 1e6");
}
TEST_CASE("message: a processor that does not say its mean") {
  Copy copy("hf_v1");
  copy.change("preprocessor_config.json", {{"image_mean", nullptr}});
  copy.refuses("preprocessor_config.json:1: image_mean: found nothing, expected 3 numbers");
}
TEST_CASE("message: a second crop") {
  Copy copy("hf_v1");
  copy.change("preprocessor_config.json", {{"do_center_crop", true}, {"crop_size", 32}});
  copy.refuses("do_center_crop: found true, expected false, or a crop_size that is the size of the "
               "input");
  copy.change("preprocessor_config.json", {{"do_resize", false}});
  copy.refuses("do_center_crop: found true, expected false where do_resize is false");
}
TEST_CASE("message: another model's processor") {
  Copy copy("hf_v1");
  copy.change("preprocessor_config.json", {{"image_processor_type", "ViTImageProcessor"}});
  copy.refuses("image_processor_type: found \"ViTImageProcessor\", expected one of "
               "\"ConvNextImageProcessor\", ");
}
TEST_CASE("message: a factor of zero") {
  Copy copy("hf_v1");
  copy.change("preprocessor_config.json", {{"rescale_factor", 0}});
  copy.refuses("rescale_factor: found 0, expected a number above 0");
}
TEST_CASE("message: another filter") {
  Copy copy("hf_v1");
  copy.change("preprocessor_config.json", {{"resample", 0}});
  copy.refuses("resample: found 0, expected 2 (bilinear) or 3 (bicubic)");
}
TEST_CASE("message: lines of a hub's file") {
  Copy copy("timm_hub");
  std::ofstream(copy.path() + "config.json")
      << "{\n\"architecture\": \"convnext_atto\",\n\n\"num_classes\": 3}";
  copy.refuses("config.json:4: num_classes: found 3, expected 7");
}
TEST_CASE("message: a hub's configuration in place of its folder") {
  CHECK_THROWS_WITH(loadModel(kVectors / "hf_v1" / "config.json", {}),
                    Contains("model_type: found a hub's configuration, expected a description"));
}
TEST_CASE("message: a folder with pickles alone") {
  Copy copy("hf_v1");
  copy.remove("model.safetensors");
  copy.refuses("found no checkpoint in this folder, expected model.safetensors, "
               "model.safetensors.index.json or open_clip_model.safetensors");
  copy.write("pytorch_model.bin", "x");
  copy.refuses(
      "pytorch_model.bin: found a pickle, which is a program, expected a .safetensors file");
  copy.refuses("/model.safetensors')\""); // which the folder is then read from
}
