// What a training asks of a model: labels, drop path, images that are whole, and states as
// checkpoints.
#include "compiler/Error.h"
#include "compiler/frontend/Frontend.h"
#include "tests/support/TemporaryFolder.h"
#include "tests/support/catch.h"
#include "tests/unit/frontend/Networks.h"

using namespace cnx;
using namespace cnx::test;
using Catch::Matchers::Contains;

TEST_CASE("labels and drop path of a training take the model's place") {
  TemporaryFolder folder;
  const std::string checkpoint = folder / "net.safetensors";
  timmNetwork(Sizes{}).save(checkpoint); // 7 classes
  ModelOptions options;
  options.train = true;
  options.numClasses = 3;
  options.labels = {"ant", "bee", "cat"};
  options.dropPath = 0.25;
  const Model model = loadModel(checkpoint, options);
  CHECK(model.info.labels == options.labels);
  CHECK(model.desc.dropPath == 0.25);
  CHECK_THAT(infoJson(model), Contains("ant") && Contains("\"drop_path\":0.25"));

  options.labels.pop_back();
  CHECK_THROWS_WITH(loadModel(checkpoint, options), Contains("labels: found 2, expected 3"));
  options.labels.clear();
  options.dropPath = 1;
  CHECK_THROWS_WITH(loadModel(checkpoint, options), Contains("--drop-path: found 1, expected"));
}

TEST_CASE("whole images are not cropped, unless the checkpoint says so") {
  ModelOptions options;
  options.image = {{64, 64}};
  const ResizeAndCrop cropped =
      resolve(loadModel("convnext_atto", options).info.preprocessing, 64, 64);
  CHECK(cropped.height == 73);
  options.wholeImages = true;
  const ResizeAndCrop whole =
      resolve(loadModel("convnext_atto", options).info.preprocessing, 64, 64);
  CHECK(whole.height == 64);
  CHECK(whole.width == 64);

  const std::string hub = std::string(CNX_VECTORS) + "/timm_hub"; // crop 0.95
  CHECK(loadModel(hub, options).info.preprocessing.cropFraction == 0.95);
}

TEST_CASE("the state of a training is a checkpoint in every ecosystem's words") {
  TemporaryFolder folder;
  const std::string path = folder / "net.last.safetensors";
  const Sizes sizes;
  for (const Tensors &plain :
       {timmNetwork(sizes), torchvisionNetwork(sizes), transformersNetwork(sizes, "convnext."),
        transformersNetwork(sizes, ""), fairNetwork(sizes), lucidNetwork(sizes),
        openClipNetwork(sizes, 0)}) {
    plain.save(path);
    const Model before = loadModel(path, {});
    Tensors state = plain;
    for (const Parameter &parameter : before.parameters)
      for (const char *kind : {"cnx.moment1.", "cnx.moment2.", "cnx.ema."})
        state.addAny(kind + parameter.name, parameter.shape);
    state.save(path);
    const Model after = loadModel(path, {});
    CHECK(after.scheme == before.scheme);
    REQUIRE(after.parameters.size() == before.parameters.size());
    for (size_t i = 0; i < after.parameters.size(); ++i)
      CHECK(after.parameters[i].tensor == before.parameters[i].tensor);
  }
}
