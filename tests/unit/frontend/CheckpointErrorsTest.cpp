// One test a message: what a checkpoint can have wrong.
#include "compiler/Error.h"
#include "compiler/frontend/Checkpoint.h"
#include "compiler/frontend/CheckpointFiles.h"
#include "tests/support/TemporaryFolder.h"
#include "tests/support/catch.h"
#include "tests/unit/frontend/Networks.h"

using namespace cnx;
using namespace cnx::test;
using Catch::Matchers::Contains;

static void refuses(const Tensors &tensors, const std::string &message) {
  TemporaryFolder folder;
  tensors.save(folder / "m.safetensors");
  CheckpointFiles file(folder / "m.safetensors");
  CHECK_THROWS_WITH(readCheckpoint(file), Contains("m.safetensors: ") && Contains(message));
}

TEST_CASE("message: a missing tensor") {
  Tensors t = timmNetwork({});
  t.remove("stages.2.blocks.1.mlp.fc2.bias");
  refuses(t,
          "found no stages.2.blocks.1.mlp.fc2.bias, expected it in a convnext with timm's names");
}
TEST_CASE("message: a missing tensor, in the file's own words") {
  Tensors t = torchvisionNetwork({});
  t.remove("features.5.1.layer_scale");
  refuses(t, "found no features.5.1.layer_scale, expected it");
}
TEST_CASE("message: many missing tensors") {
  Tensors t = fairNetwork({});
  for (const std::string &name : t.names())
    if (name.find(".pwconv") != std::string::npos)
      t.remove(name);
  refuses(t, "found no stages.0.0.pwconv1.weight, stages.0.0.pwconv1.bias,");
  refuses(t, "and 8 more, expected them");
}
TEST_CASE("message: a block in the middle is missing") {
  Tensors t = timmNetwork({{1, 1, 3, 1}, {3, 4, 5, 6}});
  for (const std::string &name : t.names())
    if (name.find("stages.2.blocks.1.") == 0)
      t.remove(name);
  refuses(t, "found no stages.2.blocks.1.conv_dw.weight, stages.2.blocks.1.conv_dw.bias,");
}
TEST_CASE("message: an unknown tensor") {
  Tensors t = timmNetwork({});
  t.addAny("stages.0.blocks.0.mlp.fc3.weight", {2});
  refuses(t, "found a tensor that is no part of a convnext with timm's names: "
             "stages.0.blocks.0.mlp.fc3.weight");
}
TEST_CASE("message: unknown and missing tensors") {
  Tensors t = lucidNetwork({});
  t.rename("head_norm.bias", "head_norm.biass");
  refuses(t, "found no head_norm.bias, expected it in a convnext with lucid's names; found a "
             "tensor that is no part "
             "of a convnext with lucid's names: head_norm.biass");
}
TEST_CASE("message: one parameter under two names") {
  Tensors t = fairNetwork({{1, 1, 1, 1}, {3, 4, 5, 6}, 7, true});
  t.addAny("stages.0.0.grn.weight", {12});
  refuses(t, "found both stages.0.0.grn.gamma and stages.0.0.grn.weight, expected one of them");
}
TEST_CASE("message: a layer of another shape") {
  Tensors t = timmNetwork({});
  t.addAny("stages.1.blocks.0.mlp.fc1.weight", {8, 4});
  refuses(t, "stages.1.blocks.0.mlp.fc1.weight: found shape [8, 4], expected [16, 4]");
}
TEST_CASE("message: transposed weights") {
  Tensors t = timmNetwork({});
  t.addAny("stages.1.blocks.0.mlp.fc1.weight", {4, 16});
  refuses(t, "stages.1.blocks.0.mlp.fc1.weight: found shape [4, 16], expected [16, 4]");
}
TEST_CASE("message: integers") {
  Tensors t = timmNetwork({});
  std::vector<int32_t> values(6);
  t.addBytes("head.norm.weight", CNX_IO_I32, {6}, values.data(), 24);
  refuses(t, "head.norm.weight: found type I32, expected F32, F16 or BF16");
}
TEST_CASE("message: an overlapping stem") {
  Tensors t = timmNetwork({});
  t.addAny("stem.0.weight", {3, 3, 3, 3});
  refuses(t, "stem.0.weight: found shape [3, 3, 3, 3]: an overlapping stem of two 3x3 "
             "convolutions, which is not supported");
}
TEST_CASE("message: other patches") {
  Tensors t = timmNetwork({});
  t.addAny("stem.0.weight", {3, 3, 2, 2});
  refuses(t, "stem.0.weight: found shape [3, 3, 2, 2]: a stem whose patches are not 4x4");
}
TEST_CASE("message: grey images") {
  Tensors t = timmNetwork({});
  t.addAny("stem.0.weight", {3, 1, 4, 4});
  refuses(t, "stem.0.weight: found shape [3, 1, 4, 4]: an image of other than 3 channels");
}
TEST_CASE("message: a norm without bias") {
  Tensors t = timmNetwork({});
  for (const std::string &name : t.names())
    if (name.find("norm.bias") != std::string::npos)
      t.remove(name);
  refuses(t, "found stages.0.blocks.0.norm.weight without a bias: RMSNorm or SimpleNorm");
}
TEST_CASE("message: another depthwise kernel") {
  Tensors t = timmNetwork({});
  t.addAny("stages.1.blocks.0.conv_dw.weight", {4, 1, 5, 5});
  refuses(t, "stages.1.blocks.0.conv_dw.weight: found shape [4, 1, 5, 5]: a depthwise kernel that "
             "is not 7x7");
}
TEST_CASE("message: GRN beside a layer scale") {
  Tensors t = timmNetwork({{1, 1, 1, 1}, {3, 4, 5, 6}, 7, true});
  t.addAny("stages.0.blocks.0.gamma", {3});
  refuses(t, "found both global response normalisation and a layer scale");
}
TEST_CASE("message: a hidden layer that leads nowhere") {
  Tensors t = timmMlpHead({}, 9);
  t.remove("head.fc.weight");
  t.remove("head.fc.bias");
  refuses(t, "found a hidden layer in the head and no classifier, expected both");
}

TEST_CASE("message: an isotropic network") {
  Tensors t;
  t.addAny("stem.weight", {4, 3, 16, 16});
  t.addAny("blocks.0.dwconv.weight", {4, 1, 7, 7});
  refuses(t, "found an isotropic ConvNeXt");
}
TEST_CASE("message: a sparse pre-training file") {
  Tensors t;
  t.addAny("encoder.downsample_layers.1.1.kernel", {4, 4, 4});
  refuses(t, "found a sparse FCMAE pre-training checkpoint");
}
TEST_CASE("message: transformers' DINOv3") {
  Tensors t;
  t.addAny("stages.0.downsample_layers.0.weight", {4, 3, 4, 4});
  refuses(t, "found transformers' layout of DINOv3");
}
TEST_CASE("message: mmpretrain's layout") {
  Tensors t;
  t.addAny("backbone.stages.0.0.depthwise_conv.weight", {4, 1, 7, 7});
  refuses(t, "found mmpretrain's layout");
}
TEST_CASE("message: a network inside another one") {
  refuses(transformersNetwork({}, "vision.convnext."), "found tensors below 'vision.convnext.'");
}
TEST_CASE("message: another network altogether") {
  Tensors t;
  t.addAny("layer1.0.conv1.weight", {4, 3, 3, 3});
  refuses(
      t,
      "found tensors such as 'layer1.0.conv1.weight', expected a ConvNeXt as timm, torchvision,");
}
TEST_CASE("message: an empty file") { refuses({}, "found no tensors, expected a ConvNeXt"); }

TEST_CASE("message: absurd block numbers are unknown tensors") {
  Tensors t = timmNetwork({});
  t.addAny("stages.0.blocks.2000000000.conv_dw.weight", {3, 1, 7, 7});
  refuses(t, "found a tensor that is no part of a convnext with timm's names: "
             "stages.0.blocks.2000000000.conv_dw.weight");
}
