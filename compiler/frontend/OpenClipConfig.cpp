// open_clip_config.json: the image tower is a network of timm with a projection in place of the
// classifier, so its classes are the embedding's components. The text tower is nobody's here.
#include "compiler/frontend/ConfigChecks.h"
#include "compiler/frontend/DefaultPreprocessing.h"
#include "compiler/frontend/HubConfig.h"
#include "compiler/frontend/Presets.h"

namespace cnx {

namespace {

void readTower(const JsonFields &tower, const ModelDesc &checkpoint, HubConfig &result) {
  if (!tower.has("timm_model_name"))
    tower.fail("timm_model_name", "the name of a ConvNeXt");
  std::string name = tower.string("timm_model_name", "");
  name = name.substr(0, name.find('.')); // without the tag of its weights
  if (std::optional<std::string> why = refusedPreset(name))
    tower.fail("timm_model_name", "a plain ConvNeXt (" + *why + ")");
  if (const Preset *known = findPreset(name)) {
    if (known->desc.depths != checkpoint.depths || known->desc.dims != checkpoint.dims ||
        known->desc.version != checkpoint.version)
      tower.fail("timm_model_name", "the network in the checkpoint");
    result.epsAll = known->desc.eps.block;
  }
  supported(tower, "timm_pool", {"", "avg"});
  supported(tower, "timm_proj", {"linear", "mlp"});
  result.dropPath = readDropPath(tower, "timm_drop_path");
  if (tower.has("image_size"))
    readSides(tower, "image_size", result.height, result.width);
}

Preprocessing readFeeding(const JsonFields &config, const ModelDesc &checkpoint) {
  Preprocessing p = defaultPreprocessing("open_clip", checkpoint);
  p.mean = readChannels(config, "mean", p.mean, false);
  p.std = readChannels(config, "std", p.std, true);
  // In evaluation "random" is the default as well.
  if (config.string("interpolation", "random") != "random")
    p.interpolation = readInterpolation(config, p.interpolation);
  const std::string mode = config.string("resize_mode", "shortest");
  if (mode == "squash")
    p.cropMode = Preprocessing::CropMode::squash;
  else if (mode == "longest")
    p.cropMode = Preprocessing::CropMode::black;
  else if (mode != "shortest")
    config.fail("resize_mode", "\"shortest\", \"longest\" or \"squash\"");
  return p;
}

} // namespace

HubConfig readOpenClipConfig(const JsonText &text, const ModelDesc &checkpoint) {
  HubConfig result;
  JsonFields config(text);
  JsonFields model = config.object("model_cfg");
  agree(model, "embed_dim", checkpoint.numClasses);
  readTower(model.object("vision_cfg"), checkpoint, result);
  result.preprocessing = readFeeding(config.object("preprocess_cfg"), checkpoint);
  return result;
}

} // namespace cnx
