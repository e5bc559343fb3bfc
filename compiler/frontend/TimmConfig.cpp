// config.json as timm's save_for_hf writes it: the architecture's name, the arguments that differ
// from it, and how the weights want to be fed. Older files have the fields of pretrained_cfg at the
// top.
#include "compiler/frontend/ConfigChecks.h"
#include "compiler/frontend/HubConfig.h"
#include "compiler/frontend/Presets.h"

namespace cnx {

namespace {

// Arguments of timm's ConvNeXt that the tensors' shapes do not show.
void readArguments(const JsonFields &arguments, const ModelDesc &checkpoint, HubConfig &result) {
  agree(arguments, "depths", checkpoint.depths);
  agree(arguments, "dims", checkpoint.dims);
  supported(arguments, "act_layer", {"gelu"});
  supported(arguments, "norm_layer", {"layernorm", "layernorm2d"});
  supported(arguments, "output_stride", {32});
  supported(arguments, "stem_type", {"patch"});
  supported(arguments, "global_pool", {"avg", "fast", ""});
  if (std::optional<double> eps = readEps(arguments, "norm_eps"))
    result.epsAll = eps;
  result.dropPath = readDropPath(arguments, "drop_path_rate");
}

Preprocessing readFeeding(const JsonFields &config, HubConfig &result) {
  Preprocessing p;
  p.rules = Preprocessing::Rules::timm;
  if (config.has("input_size")) {
    std::vector<int64_t> size = config.integers("input_size", 3, 1, "[3, height, width]");
    if (size[0] != 3)
      config.fail("input_size", "3 channels");
    checkSides(config, "input_size", size[1], size[2]);
    result.height = size[1];
    result.width = size[2];
  }
  p.cropFraction = readCropFraction(config, p.cropFraction);
  p.cropMode = readCropMode(config);
  p.interpolation = readInterpolation(config, p.interpolation);
  p.mean = readChannels(config, "mean", p.mean, false);
  p.std = readChannels(config, "std", p.std, true);
  return p;
}

} // namespace

HubConfig readTimmConfig(const JsonText &text, const ModelDesc &checkpoint) {
  HubConfig result;
  JsonFields config(text);
  std::string architecture = config.string("architecture", "");
  if (std::optional<std::string> why = refusedPreset(architecture))
    config.fail("architecture", "a plain ConvNeXt (" + *why + ")");
  if (const Preset *known = findPreset(architecture))
    result.epsAll = known->desc.eps.block;
  agree(config, "num_classes", checkpoint.numClasses);
  supported(config, "global_pool", {"avg", "fast", ""});
  readArguments(config.object("model_args"), checkpoint, result);
  JsonFields feeding = config.has("pretrained_cfg") ? config.object("pretrained_cfg") : config;
  result.preprocessing = readFeeding(feeding, result);
  const JsonFields &labelled = config.has("label_names") ? config : feeding;
  result.labels = labelled.strings("label_names");
  checkLabels(labelled, "label_names", result.labels, checkpoint.numClasses);
  return result;
}

} // namespace cnx
