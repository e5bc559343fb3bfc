// config.json and preprocessor_config.json as transformers' save_pretrained writes them.
#include "compiler/frontend/ConfigChecks.h"
#include "compiler/frontend/HubConfig.h"

#include <cmath>
#include <fmt/format.h>

namespace cnx {

namespace {

void readArchitecture(const JsonFields &config, const ModelDesc &checkpoint, HubConfig &result) {
  std::string expected = modelName(checkpoint.version);
  if (config.string("model_type", expected) != expected)
    config.fail("model_type", "\"" + expected + "\", as in the checkpoint");
  agree(config, "depths", checkpoint.depths);
  agree(config, "hidden_sizes", checkpoint.dims);
  supported(config, "hidden_act", {"gelu"});
  supported(config, "num_channels", {3});
  supported(config, "patch_size", {kStemPatch});
  supported(config, "num_stages", {kStages});
  result.epsFinal = readEps(config, "layer_norm_eps");
  result.dropPath = readDropPath(config, "drop_path_rate");
  if (checkpoint.version == Version::v1 && config.has("layer_scale_init_value"))
    result.layerScaleInit = config.number("layer_scale_init_value", 0);
}

void readSize(const JsonFields &fields, const std::string &name, HubConfig &result) {
  std::string expected = "{\"shortest_edge\": side}, {\"height\": h, \"width\": w} or a side";
  if (fields.at(name).is_number_integer()) { // older files
    result.height = result.width = fields.integer(name, 0);
  } else if (fields.at(name).is_object()) {
    JsonFields size = fields.object(name);
    if (size.has("shortest_edge")) {
      result.height = result.width = size.integer("shortest_edge", 0);
    } else if (size.has("height") && size.has("width")) {
      result.height = size.integer("height", 0);
      result.width = size.integer("width", 0);
    } else {
      fields.fail(name, expected);
    }
  } else {
    fields.fail(name, expected);
  }
  checkSides(fields, name, *result.height, *result.width);
}

// Other processors resize and crop by other rules.
void checkProcessor(const JsonFields &fields) {
  for (const char *name : {"image_processor_type", "feature_extractor_type"})
    supported(fields, name,
              {"ConvNextImageProcessor", "ConvNextImageProcessorFast", "ConvNextFeatureExtractor"});
}

// A second crop, which transformers' fast processor can have behind the one that belongs to the
// resize: one that takes nothing away is none.
void checkCenterCrop(const JsonFields &fields, const HubConfig &result) {
  if (!fields.boolean("do_center_crop", false))
    return;
  HubConfig crop;
  if (fields.has("crop_size"))
    readSize(fields, "crop_size", crop);
  if (!crop.height || crop.height != result.height || crop.width != result.width)
    fields.fail("do_center_crop", "false, or a crop_size that is the size of the input");
}

// What is taken from a channel in [0, 1] and what divides it. Pixels are multiplied by a factor
// first, 1/255 unless the file says otherwise.
void readScale(const JsonFields &fields, Preprocessing &p) {
  double unit = 1; // of mean and std, on the scale of pixels / 255
  if (!fields.boolean("do_rescale", true))
    unit = 255;
  else if (fields.has("rescale_factor"))
    unit = fields.number("rescale_factor", 0) * 255;
  if (!(unit > 0))
    fields.fail("rescale_factor", "a number above 0");
  if (std::abs(unit - 1) < 1e-6) // as exact as the file's digits
    unit = 1;
  p.mean = {0, 0, 0};
  p.std = {1, 1, 1};
  if (fields.boolean("do_normalize", true)) {
    // The class's own default is 0.5, which no published ConvNeXt uses: the file has to say.
    for (const char *name : {"image_mean", "image_std"})
      if (!fields.has(name))
        fields.fail(name, "3 numbers");
    p.mean = readChannels(fields, "image_mean", p.mean, false);
    p.std = readChannels(fields, "image_std", p.std, true);
  }
  for (int c = 0; c < 3; ++c) {
    p.mean[c] /= unit;
    p.std[c] /= unit;
    if (!(std::abs(p.mean[c]) <= kLargestScale && p.std[c] <= kLargestScale &&
          p.std[c] >= 1 / kLargestScale))
      fields.fail("rescale_factor", "a factor of the usual order, such as 1/255");
  }
}

Preprocessing readProcessor(const JsonFields &fields, HubConfig &result) {
  Preprocessing p;
  checkProcessor(fields);
  readScale(fields, p);
  const bool resizes = fields.boolean("do_resize", true);
  if (fields.has("size") && (resizes || !result.height))
    readSize(fields, "size", result);
  if (!resizes) {
    // Images come in the network's size, and then a resize to that size leaves them alone.
    p.cropMode = Preprocessing::CropMode::squash;
    p.cropFraction = 1;
    if (fields.boolean("do_center_crop", false))
      fields.fail("do_center_crop", "false where do_resize is false");
    return p;
  }
  checkCenterCrop(fields, result);
  p.rules = Preprocessing::Rules::transformers;
  p.cropFraction = readCropFraction(fields, 224.0 / 256.0);
  constexpr int64_t kBilinear = 2, kBicubic = 3; // of Pillow's enumeration
  int64_t resample = fields.integer("resample", kBicubic);
  if (resample != kBilinear && resample != kBicubic)
    fields.fail("resample", "2 (bilinear) or 3 (bicubic)");
  p.interpolation = resample == kBilinear ? "bilinear" : "bicubic";
  return p;
}

} // namespace

HubConfig readTransformersConfig(const JsonText &text, const JsonText *preprocessor,
                                 const ModelDesc &checkpoint) {
  HubConfig result;
  JsonFields config(text);
  readArchitecture(config, checkpoint, result);
  // A model without a classifier keeps the configuration's labels, which then mean nothing.
  if (checkpoint.numClasses > 0) {
    result.labels = readLabelTable(config);
    checkLabels(config, "id2label", result.labels, checkpoint.numClasses);
  }
  if (config.has("image_size") && config.at("image_size").is_number_integer()) {
    result.height = result.width = config.integer("image_size", 0);
    checkSides(config, "image_size", *result.height, *result.width);
  }
  if (preprocessor) {
    result.preprocessing = readProcessor(JsonFields(*preprocessor), result);
  } else {
    result.preprocessing = Preprocessing{};
    result.preprocessing->rules = Preprocessing::Rules::transformers;
  }
  return result;
}

} // namespace cnx
