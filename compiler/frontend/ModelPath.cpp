#include "compiler/frontend/ModelPath.h"

#include "compiler/Error.h"
#include "compiler/frontend/CheckpointFiles.h"
#include "compiler/frontend/Presets.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fmt/format.h>
#include <string_view>

namespace cnx {

namespace fs = std::filesystem;

namespace {

constexpr std::array<std::string_view, 5> kPickles = {".pth", ".pt", ".bin", ".ckpt", ".pkl"};
constexpr const char *kCheckpoint = "model.safetensors";
constexpr const char *kOpenClip = "open_clip_model.safetensors";

bool isPickle(const fs::path &path) {
  std::string suffix = path.extension();
  std::transform(suffix.begin(), suffix.end(), suffix.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return std::find(kPickles.begin(), kPickles.end(), suffix) != kPickles.end();
}

// target: the file that the refused one is to become.
[[noreturn]] void refusePickle(const fs::path &path, const fs::path &target) {
  throw UserError(fmt::format(
      "{0}: found a pickle, which is a program, expected a .safetensors file; this makes one:\n"
      "python3 -c \"import torch, safetensors.torch as s; d = torch.load('{0}', "
      "map_location='cpu'); "
      "d = next((d[k] for k in ('model_ema', 'model', 'state_dict') if k in d), d); "
      "s.save_file({{k: v.clone().contiguous() for k, v in d.items()}}, '{1}')\"",
      path.string(), target.string()));
}

ModelPath resolveFolder(const std::string &folder) {
  fs::path checkpoint = fs::path(folder) / kCheckpoint;
  if (fs::exists(checkpoint))
    return {ModelPath::Kind::folder, folder, checkpoint, folder};
  if (fs::path index = checkpoint.string() + ".index.json"; fs::exists(index))
    return {ModelPath::Kind::folder, folder, index, folder};
  fs::path openClip = fs::path(folder) / kOpenClip;
  if (fs::exists(openClip))
    return {ModelPath::Kind::folder, folder, openClip, folder};
  const std::pair<const char *, fs::path> pickles[] = {
      {"pytorch_model.bin", checkpoint},
      {"model.bin", checkpoint},
      {"open_clip_pytorch_model.bin", openClip},
  };
  for (const auto &[name, target] : pickles)
    if (fs::exists(fs::path(folder) / name))
      refusePickle(fs::path(folder) / name, target);
  throw UserError(
      fmt::format("{0}: found no checkpoint in this folder, expected {1}, {1}.index.json or {2}",
                  folder, kCheckpoint, kOpenClip));
}

bool looksLikePath(const std::string &text) {
  fs::path suffix = fs::path(text).extension();
  return text.find('/') != std::string::npos || suffix == ".json" || suffix == ".safetensors";
}

} // namespace

ModelPath resolveWeights(const std::string &path) {
  if (fs::is_directory(path))
    return resolveFolder(path);
  if (isPickle(path))
    refusePickle(path, fs::path(path).replace_extension(".safetensors"));
  if (!fs::exists(path))
    throw UserError(path + ": found no such file");
  std::string folder = fs::path(path).parent_path();
  return {ModelPath::Kind::checkpoint, path, path, folder.empty() ? "." : folder};
}

ModelPath resolveModel(const std::string &model) {
  if (findPreset(model) || refusedPreset(model))
    return {ModelPath::Kind::preset, model, "", ""};
  if (fs::is_directory(model))
    return resolveFolder(model);
  if (isPickle(model))
    refusePickle(model, fs::path(model).replace_extension(".safetensors"));
  if (!fs::exists(model)) {
    if (looksLikePath(model))
      throw UserError(model + ": found no such file");
    return {ModelPath::Kind::preset, model, "", ""};
  }
  std::string suffix = fs::path(model).extension();
  if (suffix == ".safetensors" || isShardIndex(model))
    return resolveWeights(model);
  if (suffix == ".json")
    return {ModelPath::Kind::json, model, "", ""};
  throw UserError(
      fmt::format("{}: found a file that ends in '{}', expected a preset's name, a .json "
                  "description, a .safetensors checkpoint or a folder from a hub",
                  model, suffix));
}

std::string toIdentifier(const std::string &text) {
  std::string name;
  for (unsigned char c : text)
    name += std::isalnum(c) && c < 128 ? static_cast<char>(c) : '_';
  if (name.empty() || std::isdigit(static_cast<unsigned char>(name[0])))
    name = "m" + name;
  return name;
}

bool isIdentifier(const std::string &text) { return !text.empty() && toIdentifier(text) == text; }

std::string nameFromPath(const ModelPath &path) {
  switch (path.kind) {
  case ModelPath::Kind::preset:
    return toIdentifier(path.path);
  case ModelPath::Kind::folder: {
    fs::path folder = fs::absolute(path.path).lexically_normal();
    return toIdentifier(folder.has_filename() ? folder.filename()
                                              : folder.parent_path().filename());
  }
  case ModelPath::Kind::checkpoint: // FILE.safetensors or FILE.safetensors.index.json
  case ModelPath::Kind::json: {
    const std::string name = fs::path(path.path).filename();
    const size_t suffix = isShardIndex(name) ? name.rfind(".safetensors") : name.rfind('.');
    return toIdentifier(name.substr(0, suffix));
  }
  }
  return "model";
}

} // namespace cnx
