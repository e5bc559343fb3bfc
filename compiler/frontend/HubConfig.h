// What stands beside the tensors in a folder of a hub: config.json of timm, transformers or lucid,
// transformers' preprocessor_config.json, open_clip_config.json.
#pragma once

#include "compiler/frontend/ModelDesc.h"
#include "compiler/frontend/NamingScheme.h"
#include "compiler/frontend/Preprocessing.h"

#include <optional>
#include <string>
#include <vector>

namespace cnx {

class JsonText;

// Facts that the tensors do not tell; absent ones are not in the files either.
struct HubConfig {
  std::optional<double> epsAll, epsFinal;
  std::optional<double> dropPath, layerScaleInit;
  std::optional<int64_t> height, width;
  std::vector<std::string> labels; // empty, or one a class
  std::optional<Preprocessing> preprocessing;
};

// Finds and reads what stands beside the checkpoint, whichever kind it is; nothing where there is
// no such file. `inHubFolder`: the user named the folder, so a config.json of no known kind is an
// error; beside a file that the user named it is left alone.
std::optional<HubConfig> readHubConfig(const std::string &folder, bool inHubFolder,
                                       Ecosystem ecosystem, const ModelDesc &checkpoint);

// All hold the configuration against the checkpoint: a disagreement, or an option that this
// compiler does not build, is a UserError with file, line and field.
HubConfig readTimmConfig(const JsonText &config, const ModelDesc &checkpoint);
HubConfig readTransformersConfig(const JsonText &config, const JsonText *preprocessor,
                                 const ModelDesc &checkpoint);
HubConfig readLucidConfig(const JsonText &config, const ModelDesc &checkpoint);
HubConfig readOpenClipConfig(const JsonText &config, const ModelDesc &checkpoint);

} // namespace cnx
