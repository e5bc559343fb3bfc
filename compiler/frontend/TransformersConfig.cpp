// config.json and preprocessor_config.json as transformers' save_pretrained writes them.
#include "compiler/frontend/ConfigChecks.h"
#include "compiler/frontend/HubConfig.h"

#include <cmath>
#include <fmt/format.h>

namespace cnx {

namespace {

// id2label: {"0": "tench", "1": ...}, every class once.
std::vector<std::string> readLabels(const JsonFields &config) {
  JsonFields table = config.object("id2label");
  std::vector<std::string> labels;
  for (size_t i = 0; i < table.names().size(); ++i) {
    std::string index = std::to_string(i);
    if (!table.has(index))
      config.fail("id2label",
                  fmt::format("a label for every class from 0 on, hence one for {}", index));
    labels.push_back(table.string(index, ""));
  }
  return labels;
}

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
  if (config.has("layer_norm_eps")) {
    result.epsFinal = config.number("layer_norm_eps", 0);
    if (!(*result.epsFinal > 0))
      config.fail("layer_norm_eps", "a number above 0");
  }
  if (config.has("drop_path_rate")) {
    result.dropPath = config.number("drop_path_rate", 0);
    if (!(*result.dropPath >= 0 && *result.dropPath < 1))
      config.fail("drop_path_rate", "a number in [0, 1)");
  }
  if (checkpoint.version == Version::v1 && config.has("layer_scale_init_value"))
    result.layerScaleInit = config.number("layer_scale_init_value", 0);
}

void readSize(const JsonFields &fields, HubConfig &result) {
  if (!fields.has("size"))
    return;
  std::string expected = "{\"shortest_edge\": side}, {\"height\": h, \"width\": w} or a side";
  if (fields.at("size").is_number_integer()) { // older files
    result.height = result.width = fields.integer("size", 0);
  } else if (fields.at("size").is_object()) {
    JsonFields size = fields.object("size");
    if (size.has("shortest_edge")) {
      result.height = result.width = size.integer("shortest_edge", 0);
    } else if (size.has("height") && size.has("width")) {
      result.height = size.integer("height", 0);
      result.width = size.integer("width", 0);
    } else {
      fields.fail("size", expected);
    }
  } else {
    fields.fail("size", expected);
  }
  checkSides(fields, "size", *result.height, *result.width);
}

Preprocessing readProcessor(const JsonFields &fields, HubConfig &result) {
  Preprocessing p;
  p.rules = Preprocessing::Rules::transformers;
  readSize(fields, result);
  supported(fields, "do_resize", {true});
  supported(fields, "do_rescale", {true});
  if (fields.has("rescale_factor") && std::abs(fields.number("rescale_factor", 0) * 255 - 1) > 1e-6)
    fields.fail("rescale_factor", "1/255");
  p.cropFraction = readCropFraction(fields, 224.0 / 256.0);
  constexpr int64_t kBilinear = 2, kBicubic = 3; // of Pillow's enumeration
  int64_t resample = fields.integer("resample", kBicubic);
  if (resample != kBilinear && resample != kBicubic)
    fields.fail("resample", "2 (bilinear) or 3 (bicubic)");
  p.interpolation = resample == kBilinear ? "bilinear" : "bicubic";
  if (fields.boolean("do_normalize", true)) {
    // The class's own default is 0.5, which no published ConvNeXt uses: the file has to say.
    for (const char *name : {"image_mean", "image_std"})
      if (!fields.has(name))
        fields.fail(name, "3 numbers");
    p.mean = readChannels(fields, "image_mean", p.mean, false);
    p.std = readChannels(fields, "image_std", p.std, true);
  } else {
    p.mean = {0, 0, 0};
    p.std = {1, 1, 1};
  }
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
    result.labels = readLabels(config);
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
