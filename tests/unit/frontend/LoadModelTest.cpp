// Who overrules whom, and what cannot be loaded.
#include "compiler/Error.h"
#include "compiler/frontend/Frontend.h"
#include "tests/support/TemporaryFolder.h"
#include "tests/support/catch.h"
#include "tests/unit/frontend/Networks.h"

#include <fmt/format.h>
#include <fstream>

using namespace cnx;
using namespace cnx::test;
using Catch::Matchers::Contains;

namespace {

class Fixture {
public:
  TemporaryFolder folder;
  ModelOptions options;

  Fixture() { timmNetwork(sizes).save(checkpoint); }
  const Sizes sizes; // depths 1 1 2 1, dims 3 4 5 6, 7 classes
  const std::string checkpoint = folder / "net.safetensors";
  const std::string description = folder / "net.json";

  void describe(const std::string &fields) {
    std::ofstream(description)
        << "{ \"model\": \"convnext\", \"depths\": [1, 1, 2, 1], \"dims\": [3, 4, 5, 6]"
        << (fields.empty() ? "" : ",\n") << fields << " }";
  }
  void refuses(const std::string &model, const std::string &message) {
    CHECK_THROWS_WITH(loadModel(model, options), Contains(message));
  }
};

} // namespace

TEST_CASE_METHOD(Fixture, "a bare checkpoint") {
  Model model = loadModel(checkpoint, options);
  CHECK(model.name == "net");
  CHECK(model.desc.height == 224);
  CHECK(model.desc.eps == NormEps{});
  CHECK(model.info.labels.empty());
  for (const Parameter &p : model.parameters) {
    CHECK(p.file == checkpoint);
    CHECK(p.tensor == p.name);
  }
}

TEST_CASE_METHOD(Fixture, "a description without weights") {
  describe("\"num_classes\": 10, \"layer_scale_init\": 0.5, \"image\": 64");
  options.seed = 9;
  Model model = loadModel(description, options);
  CHECK(model.name == "net");
  CHECK(model.file == description);
  CHECK(model.lines.at("depths") == 1);
  CHECK(model.lines.at("num_classes") == 2);
  CHECK(model.desc.height == 64);
  CHECK(model.parameters[0].name == "stem.0.weight");
  CHECK(model.parameters[0].init == Parameter::Init::truncatedNormal);
  CHECK(model.parameters[0].seed == 9);
  CHECK(model.parameters[12].name == "stages.0.blocks.0.gamma");
  CHECK(model.parameters[12].initValue == 0.5);
}

TEST_CASE_METHOD(Fixture, "a description with weights: it adds what tensors cannot tell") {
  describe("\"drop_path\": 0.2, \"eps_final\": 1e-5, \"image\": [96, 64], \"num_classes\": 7");
  options.weights = checkpoint;
  Model model = loadModel(description, options);
  CHECK(model.desc.dropPath == 0.2);
  CHECK(model.desc.eps == NormEps{1e-6, 1e-6, 1e-5});
  CHECK(model.desc.height == 96);
  CHECK(model.desc.numClasses == 7);
  CHECK(model.parameters[0].file == checkpoint);
  options.eps = 1e-4;
  options.image = {{32, 32}};
  model = loadModel(description, options);
  CHECK(model.desc.eps == NormEps{1e-4, 1e-4, 1e-4});
  CHECK(model.desc.width == 32);
}

TEST_CASE_METHOD(Fixture, "a description that names no classes takes the checkpoint's") {
  describe("");
  options.weights = checkpoint;
  CHECK(loadModel(description, options).desc.numClasses == 7);
}

TEST_CASE_METHOD(Fixture, "training with another class count makes a new last layer alone") {
  options.train = true;
  options.numClasses = 3;
  options.seed = 5;
  Model model = loadModel(checkpoint, options);
  size_t last = model.parameters.size() - 1;
  CHECK(model.parameters[last - 1].name == "head.fc.weight");
  CHECK(model.parameters[last - 1].shape == std::vector<int64_t>{3, 6});
  CHECK(model.parameters[last - 1].file.empty());
  CHECK(model.parameters[last - 1].init == Parameter::Init::truncatedNormal);
  CHECK(model.parameters[last - 1].seed == 5);
  CHECK(model.parameters[last].init == Parameter::Init::zeros);
  for (size_t i = 0; i + 2 < model.parameters.size(); ++i)
    CHECK_FALSE(model.parameters[i].file.empty());
  REQUIRE(model.info.notes.size() == 1);
  CHECK(model.info.notes[0] ==
        "the last linear layer is initialised anew: 3 classes in place of 7");
}

TEST_CASE_METHOD(Fixture, "training without classes drops the last layer, with classes adds one") {
  options.train = true;
  options.numClasses = 0;
  CHECK(loadModel(checkpoint, options).parameters.back().name == "head.norm.bias");
  Sizes headless;
  headless.classes = 0;
  transformersNetwork(headless, "convnext.").save(checkpoint);
  options.numClasses = 4;
  CHECK(loadModel(checkpoint, options).parameters.back().name == "classifier.bias");
}

TEST_CASE_METHOD(Fixture, "what cnx saved carries its description, labels and pre-processing") {
  describe("\"num_classes\": 7, \"eps_final\": 1e-12, \"image\": 64, \"drop_path\": 0.1");
  Model saved = loadModel(description, options);
  saved.info.labels = {"a", "b", "c", "d", "e", "f", "g"};
  saved.info.preprocessing.cropFraction = 0.9;
  timmNetwork(sizes).save(checkpoint, {{"cnx.model", infoJson(saved)}});
  // metadata comes before a configuration beside the file
  std::ofstream(folder / "config.json")
      << "{\"architecture\": \"convnext_xxlarge\", \"num_classes\": 7}";
  Model model = loadModel(checkpoint, options);
  CHECK(model.desc == saved.desc);
  CHECK(model.info.labels == saved.info.labels);
  CHECK(model.info.preprocessing == saved.info.preprocessing);
}

TEST_CASE_METHOD(Fixture, "message: metadata of another network") {
  describe("\"num_classes\": 8");
  std::string other = infoJson(loadModel(description, options));
  timmNetwork(sizes).save(checkpoint, {{"cnx.model", other}});
  refuses(checkpoint, "net.safetensors (cnx.model):1: description: found a network of other sizes, "
                      "expected that of the tensors");
}
TEST_CASE_METHOD(Fixture, "message: metadata that is not JSON") {
  timmNetwork(sizes).save(checkpoint, {{"cnx.model", "tiny"}});
  refuses(checkpoint, "net.safetensors (cnx.model):1: found");
}

TEST_CASE_METHOD(Fixture, "message: another class count in inference") {
  options.numClasses = 8;
  refuses(checkpoint, "--num-classes: found 8, expected 7 (another count needs --train, which "
                      "makes a new last layer), as in");
}
TEST_CASE_METHOD(Fixture, "message: a description with another class count") {
  describe("\"num_classes\": 8");
  options.weights = checkpoint;
  refuses(description, "net.json:2: num_classes: found 8, expected 7 (another count needs --train");
}
TEST_CASE_METHOD(Fixture, "message: a preset of other sizes") {
  options.weights = checkpoint;
  refuses("convnext_tiny",
          "convnext_tiny: depths: found [3, 3, 9, 3], expected [1, 1, 2, 1], as in");
}
TEST_CASE_METHOD(Fixture, "message: a preset of the other version") {
  options.weights = checkpoint;
  refuses("convnextv2_tiny", "convnextv2_tiny: model: found convnextv2, expected convnext, as in");
}
TEST_CASE_METHOD(Fixture, "message: a description of other widths") {
  std::ofstream(description)
      << "{\"model\": \"convnext\", \"depths\": [1, 1, 2, 1],\n\"dims\": [3, 4, 5, 8]}";
  options.weights = checkpoint;
  refuses(description, "net.json:2: dims: found [3, 4, 5, 8], expected [3, 4, 5, 6], as in");
}
TEST_CASE_METHOD(Fixture, "message: a description with another head") {
  describe("\"head_norm_first\": true");
  options.weights = checkpoint;
  refuses(description, "net.json:2: head_norm_first: found true, expected false, as in");
  describe("\"head_hidden_size\": 12");
  refuses(description, "head_hidden_size: found 12, expected 0, as in");
}
TEST_CASE_METHOD(Fixture, "message: a description without the checkpoint's layer scale") {
  describe("\"layer_scale_init\": 0");
  options.weights = checkpoint;
  refuses(description, "layer_scale_init: found 0, expected a number above 0, as in");
}
TEST_CASE_METHOD(Fixture, "message: weights for a checkpoint") {
  options.weights = checkpoint;
  refuses(checkpoint, fmt::format("--weights: found {}, expected none", checkpoint));
}

TEST_CASE_METHOD(Fixture, "message: pickles, with the line that converts them") {
  for (std::string suffix : {".pth", ".pt", ".bin", ".PTH"}) {
    std::string path = folder / ("net" + suffix);
    std::ofstream(path) << "x";
    refuses(
        path,
        fmt::format("{}: found a pickle, which is a program, expected a .safetensors file", path));
    refuses(path, fmt::format("torch.load('{}', map_location='cpu')", path));
    refuses(path, fmt::format("'{}')\"", folder / "net.safetensors"));
    options.weights = path;
    refuses("convnext_tiny", "found a pickle");
    options.weights.reset();
  }
}
TEST_CASE_METHOD(Fixture, "message: no such file") {
  refuses(folder / "gone.json", "gone.json: found no such file");
  refuses("gone.safetensors", "gone.safetensors: found no such file");
  options.weights = folder / "gone";
  refuses("convnext_tiny", "gone: found no such file");
}
TEST_CASE_METHOD(Fixture, "message: a file of another kind") {
  std::ofstream(folder / "net.onnx") << "x";
  refuses(folder / "net.onnx",
          "net.onnx: found a file that ends in '.onnx', expected a preset's name,");
}
TEST_CASE_METHOD(Fixture, "message: a file that is not safetensors inside") {
  std::ofstream(checkpoint) << "hello";
  refuses(checkpoint, "net.safetensors");
}

TEST_CASE("names become C identifiers") {
  TemporaryFolder folder;
  std::ofstream(folder / "7-net.v2.json") << "{\"model\": \"convnext\"}";
  CHECK(loadModel(folder / "7-net.v2.json", {}).name == "m7_net_v2");
}

TEST_CASE("outputs") {
  Model model = loadModel("convnext_atto", {});
  ModelOptions options;
  CHECK(outputsOf(model, options) == std::vector<std::string>{"logits"});
  model.desc.numClasses = 0;
  CHECK(outputsOf(model, options) == std::vector<std::string>{"pooled"});
  options.outputs = {"stage3", "stem"};
  CHECK(outputsOf(model, options) == options.outputs);
  options.outputs = {"logits"};
  CHECK_THROWS_WITH(outputsOf(model, options),
                    Contains("--outputs: found 'logits', expected 'pooled' or a map"));
  options.outputs = {"stage4"};
  CHECK_THROWS_WITH(outputsOf(model, options),
                    Contains("--outputs: found 'stage4', expected some of logits, pooled,"));
  options.outputs = {"poled"};
  CHECK_THROWS_WITH(outputsOf(model, options), Contains("did you mean 'pooled'?"));
  options.outputs = {"stem", "stem"};
  CHECK_THROWS_WITH(outputsOf(model, options), Contains("found 'stem' twice, expected once"));
}

TEST_CASE("parameters are counted as they are listed") {
  for (const char *name : {"convnext_tiny", "convnextv2_atto", "convnext_large_mlp"}) {
    ModelDesc desc = loadModel(name, {}).desc;
    CHECK(layerTensorCount(desc) == layerTensors(desc).size());
    desc.layerScaleInit = 0;
    desc.numClasses = desc.headHidden = 0;
    desc.depths = {1, 4, 2, 3};
    CHECK(layerTensorCount(desc) == layerTensors(desc).size());
  }
}

TEST_CASE("drop rates rise linearly over all blocks") {
  ModelDesc desc;
  desc.dropPath = 0.1;
  CHECK(dropRate(desc, 0) == 0);
  CHECK(dropRate(desc, 1) == Approx(0.1 / 17));
  CHECK(dropRate(desc, 17) == Approx(0.1));
}

TEST_CASE("every example can be loaded") {
  size_t count = 0;
  for (const auto &entry : std::filesystem::directory_iterator(CNX_EXAMPLES)) {
    if (entry.path().extension() != ".json")
      continue;
    INFO(entry.path().string());
    CHECK_FALSE(loadModel(entry.path(), {}).parameters.empty());
    ++count;
  }
  CHECK(count >= 4);
}
