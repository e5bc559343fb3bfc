#include "compiler/frontend/HubConfig.h"

#include "compiler/frontend/JsonText.h"

#include <filesystem>

namespace cnx {

namespace fs = std::filesystem;

std::optional<HubConfig> readHubConfig(const std::string &folder, bool inHubFolder,
                                       Ecosystem ecosystem, const ModelDesc &checkpoint) {
  if (fs::path clip = fs::path(folder) / "open_clip_config.json";
      ecosystem == Ecosystem::openClip && fs::exists(clip))
    return readOpenClipConfig(JsonText::read(clip), checkpoint);
  fs::path config = fs::path(folder) / "config.json";
  if (!fs::exists(config))
    return std::nullopt;
  JsonText text = JsonText::read(config);
  const nlohmann::json &value = text.value();
  if (ecosystem == Ecosystem::lucid && value.is_object() &&
      (value.contains("model_type") || value.contains("dims")))
    return readLucidConfig(text, checkpoint); // which may have timm's field as well
  bool timm =
      value.is_object() && (value.contains("architecture") || value.contains("pretrained_cfg"));
  bool transformers = value.is_object() && value.contains("model_type");
  if (timm)
    return readTimmConfig(text, checkpoint);
  if (transformers) {
    fs::path processor = fs::path(folder) / "preprocessor_config.json";
    if (!fs::exists(processor))
      return readTransformersConfig(text, nullptr, checkpoint);
    JsonText processorText = JsonText::read(processor);
    return readTransformersConfig(text, &processorText, checkpoint);
  }
  if (inHubFolder)
    text.fail("", "neither \"architecture\" nor \"model_type\"",
              "a configuration of timm, transformers or lucid");
  return std::nullopt;
}

} // namespace cnx
