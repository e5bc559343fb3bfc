#include "compiler/frontend/CheckpointModel.h"

#include "compiler/Error.h"
#include "compiler/frontend/Checkpoint.h"
#include "compiler/frontend/CheckpointFiles.h"
#include "compiler/frontend/HubConfig.h"
#include "compiler/frontend/InitialParameters.h"
#include "compiler/frontend/JsonText.h"
#include "compiler/frontend/ModelInfo.h"
#include "compiler/frontend/Presets.h"

#include <fmt/format.h>
#include <map>

namespace cnx {

namespace {

constexpr const char *kMetadataKey = "cnx.model";

// What the tensors themselves decide; the rest of a saved description is taken on trust.
bool sameTensors(ModelDesc a, const ModelDesc &b) {
  if (a.hasLayerScale() != b.hasLayerScale())
    return false;
  a.layerScaleInit = b.layerScaleInit;
  a.dropPath = b.dropPath;
  a.eps = b.eps;
  a.height = b.height;
  a.width = b.width;
  return a == b;
}

void applySaved(CheckpointModel &result, const std::string &text, const std::string &file) {
  JsonText json(file + " (" + kMetadataKey + ")", text);
  SavedInfo saved = readSavedInfo(JsonFields(json), json.file());
  if (!sameTensors(saved.desc, result.model.desc))
    json.fail("description", "a network of other sizes", "that of the tensors");
  result.model.desc = saved.desc;
  result.model.info.labels = saved.info.labels;
  result.model.info.preprocessing = saved.info.preprocessing;
  result.knowsPreprocessing = result.knowsEps = true;
}

void applyHub(CheckpointModel &result, const HubConfig &config) {
  ModelDesc &desc = result.model.desc;
  if (config.epsAll)
    desc.eps = {*config.epsAll, *config.epsAll, *config.epsAll};
  if (config.epsFinal)
    desc.eps.final = *config.epsFinal;
  result.knowsEps = config.epsAll || config.epsFinal;
  desc.dropPath = config.dropPath.value_or(desc.dropPath);
  if (desc.hasLayerScale() && config.layerScaleInit.value_or(0) > 0)
    desc.layerScaleInit = *config.layerScaleInit;
  desc.height = config.height.value_or(desc.height);
  desc.width = config.width.value_or(desc.width);
  result.model.info.labels = config.labels;
  if (config.preprocessing) {
    result.model.info.preprocessing = *config.preprocessing;
    result.knowsPreprocessing = true;
  }
}

} // namespace

CheckpointModel readCheckpointModel(const ModelPath &path) {
  CheckpointFiles files(path.file);
  Checkpoint checkpoint = readCheckpoint(files);
  CheckpointModel result{{}, checkpoint.scheme};
  Model &model = result.model;
  model.desc = checkpoint.desc;
  model.scheme = checkpoint.scheme.name();
  model.parameters = std::move(checkpoint.parameters);
  model.info.notes = std::move(checkpoint.notes);
  if (std::optional<std::string> saved = files.metadata(kMetadataKey))
    applySaved(result, *saved, path.file);
  else if (std::optional<HubConfig> config =
               readHubConfig(path.folder, path.kind == ModelPath::Kind::folder,
                             result.scheme.ecosystem(), model.desc))
    applyHub(result, *config);
  // The one published network of its size says by its size which eps it was trained with.
  const Preset *known = presetLike(model.desc);
  if (!result.knowsEps && known && result.scheme.ecosystem() != Ecosystem::transformers)
    model.desc.eps = known->desc.eps;
  return result;
}

void replaceClassifier(CheckpointModel &checkpoint, int64_t classes, uint64_t seed) {
  Model &model = checkpoint.model;
  std::map<TensorId, Parameter> kept;
  std::vector<LayerTensor> before = layerTensors(model.desc);
  for (size_t i = 0; i < before.size(); ++i)
    kept.emplace(before[i].id, std::move(model.parameters[i]));
  int64_t old = model.desc.numClasses;
  model.desc.numClasses = classes;
  if (classes == 0)
    model.desc.headHidden = 0; // it led to the classifier alone
  model.parameters.clear();
  for (const LayerTensor &tensor : layerTensors(model.desc)) {
    auto found = kept.find(tensor.id);
    if (tensor.id.layer != Layer::headFc) {
      model.parameters.push_back(std::move(found->second));
      continue;
    }
    std::string name =
        found == kept.end() ? checkpoint.scheme.nameOf(tensor.id, model.desc) : found->second.name;
    model.parameters.push_back(initialParameter(tensor, model.desc, name, seed));
  }
  model.info.labels.clear();
  model.info.notes.push_back(fmt::format(
      "the last linear layer is initialised anew: {} classes in place of {}", classes, old));
}

} // namespace cnx
