// Every naming scheme, from checkpoints of random sizes: each parameter comes from the tensor that
// the ecosystem means.
#include "compiler/frontend/Checkpoint.h"
#include "compiler/frontend/CheckpointFiles.h"
#include "tests/support/TemporaryFolder.h"
#include "tests/support/catch.h"
#include "tests/unit/frontend/Networks.h"

#include <map>

using namespace cnx;
using namespace cnx::test;

namespace {

// The checkpoint's tensor by the layer's path in timm's words and the part, "stem.0.weight".
std::map<std::string, std::string> load(const Tensors &tensors, ModelDesc *desc = nullptr,
                                        std::string *scheme = nullptr) {
  TemporaryFolder folder;
  tensors.save(folder / "m.safetensors");
  CheckpointFiles file(folder / "m.safetensors");
  Checkpoint checkpoint = readCheckpoint(file);
  std::vector<LayerTensor> layers = layerTensors(checkpoint.desc);
  REQUIRE(layers.size() == checkpoint.parameters.size());
  std::map<std::string, std::string> result;
  for (size_t i = 0; i < layers.size(); ++i) {
    std::string path = layerPath(layers[i].id, checkpoint.desc);
    const char *part = layers[i].id.layer == Layer::layerScale ? ""
                       : layers[i].id.part == Part::weight     ? ".weight"
                                                               : ".bias";
    CHECK(result.emplace(path + part, checkpoint.parameters[i].tensor).second);
    CHECK(checkpoint.parameters[i].shape == layers[i].shape);
  }
  if (desc)
    *desc = checkpoint.desc;
  if (scheme)
    *scheme = checkpoint.scheme.name();
  return result;
}

size_t tensorsInTrunk(const Sizes &s) {
  int64_t blocks = s.depths[0] + s.depths[1] + s.depths[2] + s.depths[3];
  return static_cast<size_t>((s.v2 ? 10 : s.layerScale ? 9 : 8) * blocks + 18);
}

void checkSizes(const ModelDesc &desc, const Sizes &s) {
  CHECK(std::vector<int64_t>(desc.depths.begin(), desc.depths.end()) == s.depths);
  CHECK(std::vector<int64_t>(desc.dims.begin(), desc.dims.end()) == s.dims);
  CHECK(desc.numClasses == s.classes);
  CHECK(desc.version == (s.v2 ? Version::v2 : Version::v1));
  CHECK(desc.hasLayerScale() == (!s.v2 && s.layerScale));
  CHECK(desc.eps.stemAndDown == 1e-6);
  CHECK(desc.eps.block == 1e-6);
}

const Sizes kV1, kV2 = {{2, 1, 3, 1}, {4, 8, 12, 20}, 5, true, false};

} // namespace

TEST_CASE("timm's names, both forms of the MLP") {
  for (const Sizes &sizes : {kV1, kV2})
    for (bool convMlp : {false, true}) {
      ModelDesc desc;
      std::string scheme;
      Tensors tensors = timmNetwork(sizes, convMlp);
      auto names = load(tensors, &desc, &scheme);
      CHECK(scheme == "timm");
      checkSizes(desc, sizes);
      CHECK(names.size() == tensors.names().size());
      CHECK(names.size() == tensorsInTrunk(sizes) + 2);
      for (const auto &[layer, tensor] : names)
        CHECK(layer == tensor); // layer paths are timm's
      CHECK(desc.eps.final == 1e-6);
      CHECK_FALSE(desc.headNormFirst);
      CHECK(desc.headHidden == 0);
    }
}

TEST_CASE("timm's norm before the pool") {
  ModelDesc desc;
  auto names = load(timmNormFirst(kV1), &desc);
  CHECK(desc.headNormFirst);
  CHECK(names.at("norm_pre.weight") == "norm_pre.weight");
}

TEST_CASE("timm's hidden layer in the head") {
  ModelDesc desc;
  auto names = load(timmMlpHead(kV1, 9), &desc);
  CHECK(desc.headHidden == 9);
  CHECK(desc.numClasses == kV1.classes);
  CHECK(names.at("head.pre_logits.fc.bias") == "head.pre_logits.fc.bias");
}

TEST_CASE("torchvision's names") {
  ModelDesc desc;
  std::string scheme;
  auto names = load(torchvisionNetwork(kV1), &desc, &scheme);
  CHECK(scheme == "torchvision");
  checkSizes(desc, kV1);
  CHECK(names.size() == tensorsInTrunk(kV1) + 2);
  CHECK(names.at("stem.0.weight") == "features.0.0.weight");
  CHECK(names.at("stages.2.downsample.0.bias") == "features.4.0.bias");
  CHECK(names.at("stages.2.downsample.1.weight") == "features.4.1.weight");
  CHECK(names.at("stages.2.blocks.1.conv_dw.weight") == "features.5.1.block.0.weight");
  CHECK(names.at("stages.2.blocks.1.norm.weight") == "features.5.1.block.2.weight");
  CHECK(names.at("stages.3.blocks.0.mlp.fc1.weight") == "features.7.0.block.3.weight");
  CHECK(names.at("stages.3.blocks.0.mlp.fc2.bias") == "features.7.0.block.5.bias");
  CHECK(names.at("stages.0.blocks.0.gamma") == "features.1.0.layer_scale");
  CHECK(names.at("head.norm.weight") == "classifier.0.weight");
  CHECK(names.at("head.fc.weight") == "classifier.2.weight");
}

TEST_CASE("transformers' names, with and without prefix") {
  for (const Sizes &sizes : {kV1, kV2})
    for (std::string prefix : {sizes.v2 ? "convnextv2." : "convnext.", ""}) {
      ModelDesc desc;
      std::string scheme;
      auto names = load(transformersNetwork(sizes, prefix), &desc, &scheme);
      CHECK(scheme == "transformers");
      checkSizes(desc, sizes);
      CHECK(desc.eps.final == 1e-12);
      CHECK(names.at("stem.1.weight") == prefix + "embeddings.layernorm.weight");
      CHECK(names.at("stages.1.downsample.1.weight") ==
            prefix + "encoder.stages.1.downsampling_layer.1.weight");
      CHECK(names.at("stages.2.blocks.1.norm.bias") ==
            prefix + "encoder.stages.2.layers.1.layernorm.bias");
      CHECK(names.at("head.norm.weight") == prefix + "layernorm.weight");
      CHECK(names.at("head.fc.bias") == "classifier.bias");
      if (sizes.v2)
        CHECK(names.at("stages.0.blocks.1.mlp.grn.bias") ==
              prefix + "encoder.stages.0.layers.1.grn.bias");
    }
}

TEST_CASE("a transformers body without classifier") {
  Sizes sizes = kV1;
  sizes.classes = 0;
  ModelDesc desc;
  load(transformersNetwork(sizes, ""), &desc);
  CHECK(desc.numClasses == 0);
}

TEST_CASE("the original repository's names, both spellings of GRN") {
  ModelDesc desc;
  std::string scheme;
  auto names = load(fairNetwork(kV2), &desc, &scheme);
  CHECK(scheme == "fair");
  checkSizes(desc, kV2);
  CHECK(names.at("stages.0.blocks.1.mlp.grn.weight") == "stages.0.1.grn.gamma");
  CHECK(names.at("stages.2.blocks.2.mlp.fc2.weight") == "stages.2.2.pwconv2.weight");
  CHECK(names.at("stages.1.downsample.0.weight") == "downsample_layers.1.0.weight");
  CHECK(names.at("head.norm.bias") == "norm.bias");
  CHECK(names.at("head.fc.weight") == "head.weight");

  Tensors other = fairNetwork(kV2);
  for (const std::string &name : other.names()) {
    if (name.find(".grn.gamma") != std::string::npos)
      other.rename(name, name.substr(0, name.size() - 5) + "weight");
    if (name.find(".grn.beta") != std::string::npos)
      other.rename(name, name.substr(0, name.size() - 4) + "bias");
  }
  CHECK(load(other).at("stages.0.blocks.1.mlp.grn.bias") == "stages.0.1.grn.bias");
}

TEST_CASE("the original repository's names with DINOv3's duplicated norms") {
  Sizes sizes = kV1;
  sizes.classes = 0;
  Tensors tensors = fairNetwork(sizes);
  tensors.addAny("norms.3.weight", {6});
  tensors.addAny("norms.3.bias", {6});
  ModelDesc desc;
  load(tensors, &desc);
  checkSizes(desc, sizes);
}

TEST_CASE("lucid's names") {
  ModelDesc desc;
  std::string scheme;
  auto names = load(lucidNetwork(kV1), &desc, &scheme);
  CHECK(scheme == "lucid");
  checkSizes(desc, kV1);
  CHECK(names.at("stem.0.bias") == "stem.conv.0.bias");
  CHECK(names.at("stages.3.downsample.1.weight") == "downsamplers.2.conv.weight");
  CHECK(names.at("stages.3.downsample.0.weight") == "downsamplers.2.norm.weight");
  CHECK(names.at("stages.2.blocks.1.mlp.fc1.weight") == "stages.2.1.fc1.weight");
  CHECK(names.at("head.norm.weight") == "head_norm.weight");
}

TEST_CASE("open_clip: a projection without bias, the text tower left alone") {
  ModelDesc desc;
  std::string scheme;
  Tensors tensors = openClipNetwork(kV1, 0);
  auto names = load(tensors, &desc, &scheme);
  CHECK(scheme == "open_clip");
  checkSizes(desc, kV1);
  CHECK(names.at("stages.1.blocks.0.gamma") == "visual.trunk.stages.1.blocks.0.gamma");
  CHECK(names.at("head.fc.weight") == "visual.head.proj.weight");
  CHECK(names.at("head.fc.bias") == ""); // zeros
}

TEST_CASE("open_clip: an MLP as projection") {
  ModelDesc desc;
  auto names = load(openClipNetwork(kV1, 14), &desc);
  CHECK(desc.headHidden == 14);
  CHECK(names.at("head.pre_logits.fc.weight") == "visual.head.mlp.fc1.weight");
  CHECK(names.at("head.fc.weight") == "visual.head.mlp.fc2.weight");
  CHECK(names.at("head.fc.bias") == "");
}

TEST_CASE("no layer scale at all is a network without one") {
  Sizes sizes = kV1;
  sizes.layerScale = false;
  ModelDesc desc;
  auto names = load(timmNetwork(sizes), &desc);
  checkSizes(desc, sizes);
  CHECK(names.count("stages.0.blocks.0.gamma") == 0);
}

TEST_CASE("a pre-training file without final norm gets one that changes nothing") {
  Sizes sizes = kV2;
  sizes.classes = 0;
  Tensors tensors = fairNetwork(sizes);
  tensors.remove("norm.weight");
  tensors.remove("norm.bias");
  TemporaryFolder folder;
  tensors.save(folder / "m.safetensors");
  CheckpointFiles file(folder / "m.safetensors");
  Checkpoint checkpoint = readCheckpoint(file);
  size_t last = checkpoint.parameters.size() - 1;
  CHECK(checkpoint.parameters[last - 1].name == "norm.weight");
  CHECK(checkpoint.parameters[last - 1].init == Parameter::Init::ones);
  CHECK(checkpoint.parameters[last].init == Parameter::Init::zeros);
  REQUIRE(checkpoint.notes.size() == 1);
  CHECK(checkpoint.notes[0].find("no final norm") != std::string::npos);
}
