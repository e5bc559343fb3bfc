// config.json of lucid: the fields of its configuration class, at the top where a model was saved
// and below "config" in the folders of its hub, which have labels and pre-processing too.
#include "compiler/frontend/ConfigChecks.h"
#include "compiler/frontend/HubConfig.h"

#include <fmt/format.h>

namespace cnx {

namespace {

// Resize of the shorter side, crop, normalise: torchvision's evaluation.
Preprocessing readTransforms(const JsonFields &transforms, HubConfig &result) {
  supported(transforms, "preprocessor_type", {"ImageClassification"});
  JsonFields arguments = transforms.object("init_kwargs");
  Preprocessing p;
  p.rules = Preprocessing::Rules::torchvision;
  const int64_t crop = arguments.integer("crop_size", 0);
  checkSides(arguments, "crop_size", crop, crop);
  result.height = result.width = crop;
  const int64_t resize = arguments.integer("resize_size", 256);
  if (resize < crop || resize > kLargestImage)
    arguments.fail("resize_size", fmt::format("an integer from crop_size to {}", kLargestImage));
  p.resizeAt224 = (resize * 224 + crop - 1) / crop;
  if (crop * p.resizeAt224 / 224 != resize || p.resizeAt224 > kLargestResizeAt224)
    arguments.fail("resize_size", fmt::format("a size that an input of {} can have as 224 has {}",
                                              crop, p.resizeAt224));
  p.interpolation = readInterpolation(arguments, "bilinear");
  p.mean = readChannels(arguments, "mean", p.mean, false);
  p.std = readChannels(arguments, "std", p.std, true);
  return p;
}

} // namespace

HubConfig readLucidConfig(const JsonText &text, const ModelDesc &checkpoint) {
  HubConfig result;
  JsonFields config(text);
  supported(config, "model_type", {"convnext"});
  JsonFields network = config.has("config") ? config.object("config") : config;
  agree(network, "num_classes", checkpoint.numClasses);
  agree(network, "depths", checkpoint.depths);
  agree(network, "dims", checkpoint.dims);
  supported(network, "in_channels", {3});
  result.epsAll = readEps(network, "layer_norm_eps");
  result.dropPath = readDropPath(network, "dropout"); // so named, and meant so
  if (network.has("layer_scale_init"))
    result.layerScaleInit = network.number("layer_scale_init", 0);
  if (checkpoint.numClasses > 0) {
    result.labels = readLabelTable(config);
    checkLabels(config, "id2label", result.labels, checkpoint.numClasses);
  }
  if (config.has("preprocessing"))
    result.preprocessing = readTransforms(config.object("preprocessing"), result);
  return result;
}

} // namespace cnx
