// One model from a preset, description, checkpoint or dump and the options: who overrules whom.
//
//   sizes      the tensors; a preset or description has to agree with them
//   classes    --num-classes, the description, the checkpoint; a difference is an error, or in
//   training a new last layer eps        --eps, the description, cnx.model, config.json, the
//   ecosystem's custom image      --image, the description, cnx.model, config.json, 224
#include "compiler/Error.h"
#include "compiler/frontend/CheckpointModel.h"
#include "compiler/frontend/DefaultPreprocessing.h"
#include "compiler/frontend/DescDump.h"
#include "compiler/frontend/Description.h"
#include "compiler/frontend/Frontend.h"
#include "compiler/frontend/InitialParameters.h"
#include "compiler/frontend/JsonText.h"
#include "compiler/frontend/Presets.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace cnx {

namespace {

void checkOptions(const ModelOptions &options) {
  auto fail = [](const char *option, const std::string &found, const std::string &expected) {
    throw UserError(fmt::format("{}: found {}, expected {}", option, found, expected));
  };
  if (options.name && !isIdentifier(*options.name))
    fail("--name", "'" + *options.name + "'",
         "a C identifier such as '" + toIdentifier(*options.name) + "'");
  if (options.numClasses && (*options.numClasses < 0 || *options.numClasses > kLargestClasses))
    fail("--num-classes", std::to_string(*options.numClasses),
         fmt::format("an integer from 0 to {}", kLargestClasses));
  if (options.image) {
    auto [height, width] = *options.image;
    if (std::min(height, width) < kSmallestImage || std::max(height, width) > kLargestImage)
      fail("--image", fmt::format("{}x{}", height, width),
           fmt::format("sides from {} to {}", kSmallestImage, kLargestImage));
  }
  if (options.eps && !(*options.eps > 0 && std::isfinite(*options.eps)))
    fail("--eps", fmt::format("{}", *options.eps), "a number above 0");
  if (options.dropPath && !(*options.dropPath >= 0 && *options.dropPath < 1))
    fail("--drop-path", fmt::format("{}", *options.dropPath), "a number from 0, below 1");
}

void applyEps(ModelDesc &desc, const std::string &scheme, double eps) {
  if (scheme != "transformers")
    desc.eps.stemAndDown = desc.eps.block = eps;
  desc.eps.final = eps;
}

Preprocessing preprocessingOf(const Model &model, const ModelOptions &options) {
  Preprocessing preprocessing = defaultPreprocessing(model.scheme, model.desc);
  if (options.wholeImages) {
    preprocessing.rules = Preprocessing::Rules::timm;
    preprocessing.cropFraction = 1;
  }
  return preprocessing;
}

void applyTraining(Model &model, const ModelOptions &options) {
  if (options.dropPath)
    model.desc.dropPath = *options.dropPath;
  if (options.labels.empty())
    return;
  if (int64_t(options.labels.size()) != model.desc.numClasses)
    throw UserError(fmt::format("labels: found {}, expected {}, one for each class",
                                options.labels.size(), model.desc.numClasses));
  model.info.labels = options.labels;
}

// A preset or a description, before it meets a checkpoint.
struct Wanted {
  Description description;
  std::string what; // for messages: the preset's name, or file

  [[noreturn]] void disagree(const std::string &field, const std::string &found,
                             const std::string &expected, const std::string &checkpoint) const {
    auto line = description.lines.find(field);
    std::string where = line == description.lines.end() ? "" : fmt::format(":{}", line->second);
    throw UserError(fmt::format("{}{}: {}: found {}, expected {}, as in {}", what, where, field,
                                found, expected, checkpoint));
  }
};

void checkAgreement(const Wanted &wanted, const ModelDesc &checkpoint, const std::string &file) {
  const ModelDesc &desc = wanted.description.desc;
  if (desc.version != checkpoint.version)
    wanted.disagree("model", modelName(desc.version), modelName(checkpoint.version), file);
  if (desc.depths != checkpoint.depths)
    wanted.disagree("depths", fmt::format("{}", desc.depths), fmt::format("{}", checkpoint.depths),
                    file);
  if (desc.dims != checkpoint.dims)
    wanted.disagree("dims", fmt::format("{}", desc.dims), fmt::format("{}", checkpoint.dims), file);
  if (desc.headHidden != checkpoint.headHidden)
    wanted.disagree("head_hidden_size", fmt::format("{}", desc.headHidden),
                    fmt::format("{}", checkpoint.headHidden), file);
  if (desc.headNormFirst != checkpoint.headNormFirst)
    wanted.disagree("head_norm_first", fmt::format("{}", desc.headNormFirst),
                    fmt::format("{}", checkpoint.headNormFirst), file);
  if (wanted.description.has("layer_scale_init") &&
      desc.hasLayerScale() != checkpoint.hasLayerScale())
    wanted.disagree("layer_scale_init", fmt::format("{}", desc.layerScaleInit),
                    checkpoint.hasLayerScale() ? "a number above 0" : "0", file);
}

// What a description says that the tensors do not.
void applyDescription(const Description &description, CheckpointModel &checkpoint) {
  const ModelDesc &from = description.desc;
  ModelDesc &to = checkpoint.model.desc;
  auto says = [&](const char *field) { return description.has(field); };
  if (says("drop_path"))
    to.dropPath = from.dropPath;
  if (says("layer_scale_init"))
    to.layerScaleInit = from.layerScaleInit;
  if (says("image")) {
    to.height = from.height;
    to.width = from.width;
  }
  if (says("eps") || says("eps_stem_down"))
    to.eps.stemAndDown = from.eps.stemAndDown;
  if (says("eps") || says("eps_block"))
    to.eps.block = from.eps.block;
  if (says("eps") || says("eps_final"))
    to.eps.final = from.eps.final;
}

void settleClasses(CheckpointModel &checkpoint, const std::string &file, const Wanted *wanted,
                   const ModelOptions &options) {
  const ModelDesc &desc = checkpoint.model.desc;
  bool described = wanted && wanted->description.has("num_classes");
  int64_t classes = options.numClasses ? *options.numClasses
                    : described        ? wanted->description.desc.numClasses
                                       : desc.numClasses;
  if (classes == desc.numClasses)
    return;
  if (options.train) {
    replaceClassifier(checkpoint, classes, options.seed);
    return;
  }
  std::string found = std::to_string(classes);
  std::string expected = fmt::format(
      "{} (another count needs --train, which makes a new last layer)", desc.numClasses);
  if (!options.numClasses)
    wanted->disagree("num_classes", found, expected, file);
  throw UserError(
      fmt::format("--num-classes: found {}, expected {}, as in {}", found, expected, file));
}

// wanted: the preset or description that the checkpoint is for, or nullptr.
Model fromCheckpoint(const ModelPath &path, const Wanted *wanted, const ModelOptions &options) {
  CheckpointModel checkpoint = readCheckpointModel(path);
  if (wanted) {
    checkAgreement(*wanted, checkpoint.model.desc, path.file);
    applyDescription(wanted->description, checkpoint);
  }
  settleClasses(checkpoint, path.file, wanted, options);
  Model model = std::move(checkpoint.model);
  if (options.image)
    std::tie(model.desc.height, model.desc.width) = *options.image;
  if (options.eps)
    applyEps(model.desc, model.scheme, *options.eps);
  if (!checkpoint.knowsPreprocessing)
    model.info.preprocessing = preprocessingOf(model, options);
  return model;
}

Model fromDescription(const Wanted &wanted, const ModelOptions &options) {
  Model model;
  model.scheme = "timm";
  model.desc = wanted.description.desc;
  model.desc.numClasses = options.numClasses.value_or(model.desc.numClasses);
  if (model.desc.numClasses == 0)
    model.desc.headHidden = 0; // it leads to the classifier alone
  if (options.image)
    std::tie(model.desc.height, model.desc.width) = *options.image;
  if (options.eps)
    applyEps(model.desc, model.scheme, *options.eps);
  model.parameters = initialParameters(model.desc, options.seed);
  model.info.preprocessing = preprocessingOf(model, options);
  return model;
}

Model fromWanted(const Wanted &wanted, const ModelOptions &options) {
  Model model = options.weights ? fromCheckpoint(resolveWeights(*options.weights), &wanted, options)
                                : fromDescription(wanted, options);
  model.file = wanted.description.file;
  model.lines = wanted.description.lines;
  return model;
}

Model fromDump(const JsonText &text, const ModelOptions &options) {
  if (options.weights)
    throw UserError(fmt::format("--weights: found {}, expected none: {} names its weights itself",
                                *options.weights, text.file()));
  Model model = readDescDump(text);
  if (options.numClasses && *options.numClasses != model.desc.numClasses)
    throw UserError(fmt::format("--num-classes: found {}, expected {}, as in {}",
                                *options.numClasses, model.desc.numClasses, text.file()));
  if (options.image)
    std::tie(model.desc.height, model.desc.width) = *options.image;
  if (options.eps)
    applyEps(model.desc, model.scheme, *options.eps);
  return model;
}

Model fromJson(const std::string &file, const ModelOptions &options) {
  JsonText text = JsonText::read(file);
  if (isDescDump(text))
    return fromDump(text, options);
  for (const char *field : {"architecture", "model_type"})
    if (text.value().is_object() && text.value().contains(field))
      text.fail(field, "a hub's configuration", "a description; of a hub's model name the folder");
  return fromWanted({readDescription(JsonFields(text), file), file}, options);
}

} // namespace

Model loadModel(const std::string &name, const ModelOptions &options) {
  checkOptions(options);
  ModelPath path = resolveModel(name);
  Model model;
  switch (path.kind) {
  case ModelPath::Kind::preset: {
    Wanted wanted;
    wanted.description.desc = preset(name).desc;
    wanted.what = name;
    model = fromWanted(wanted, options);
    break;
  }
  case ModelPath::Kind::json:
    model = fromJson(path.path, options);
    break;
  case ModelPath::Kind::checkpoint:
  case ModelPath::Kind::folder:
    if (options.weights)
      throw UserError(fmt::format("--weights: found {}, expected none: {} is a checkpoint itself",
                                  *options.weights, name));
    model = fromCheckpoint(path, nullptr, options);
    break;
  }
  applyTraining(model, options);
  if (options.name)
    model.name = *options.name;
  else if (model.name.empty())
    model.name = nameFromPath(path);
  return model;
}

} // namespace cnx
