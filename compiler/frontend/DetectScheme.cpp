#include "compiler/frontend/DetectScheme.h"

#include "compiler/Error.h"
#include "compiler/frontend/CheckpointFiles.h"

#include <algorithm>
#include <fmt/format.h>
#include <functional>
#include <string_view>

namespace cnx {

namespace {

bool endsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

bool startsWith(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

std::string firstName(const CheckpointFiles &file,
                      const std::function<bool(std::string_view)> &accept) {
  for (const cnx_io_tensor &tensor : file.tensors())
    if (accept(tensor.name))
      return tensor.name;
  return {};
}

[[noreturn]] void refuse(const CheckpointFiles &file, const std::string &found) {
  throw UserError(
      fmt::format("{}: found {}, expected a ConvNeXt as timm, torchvision, transformers, "
                  "the original code, lucid or open_clip name it",
                  file.path(), found));
}

} // namespace

NamingScheme detectScheme(const CheckpointFiles &file) {
  auto has = [&](const char *name) { return file.find(name) != nullptr; };
  auto any = [&](const std::function<bool(std::string_view)> &accept) {
    return !firstName(file, accept).empty();
  };
  if (has("stem.conv.0.weight"))
    return NamingScheme(Ecosystem::lucid);
  if (has("features.0.0.weight"))
    return NamingScheme(Ecosystem::torchvision);

  constexpr std::string_view kPatches = "embeddings.patch_embeddings.weight";
  std::string patches = firstName(file, [&](std::string_view n) {
    return endsWith(n, kPatches) && !startsWith(n, "cnx."); // a training's state
  });
  if (!patches.empty()) {
    std::string prefix = patches.substr(0, patches.size() - kPatches.size());
    if (prefix != "" && prefix != "convnext." && prefix != "convnextv2.")
      refuse(file, "tensors below '" + prefix + "' (another kind of model around the network)");
    return NamingScheme(Ecosystem::transformers, prefix.substr(0, prefix.find('.')));
  }
  if (any([](std::string_view n) { return startsWith(n, "visual.trunk."); }))
    return NamingScheme(Ecosystem::openClip);
  if (has("head.norm.weight") || has("norm_pre.weight") || has("stem.0.weight"))
    return NamingScheme(Ecosystem::timm);
  if (has("stem.weight") && any([](std::string_view n) { return startsWith(n, "blocks.0."); }))
    refuse(file, "an isotropic ConvNeXt (one stage, no downsampling), which is not supported");
  if (any([](std::string_view n) { return endsWith(n, ".kernel"); }))
    refuse(file, "a sparse FCMAE pre-training checkpoint, which is not supported (convert it with "
                 "remap_checkpoint_keys of the original code)");
  if (has("stages.0.downsample_layers.0.weight"))
    refuse(file, "transformers' layout of DINOv3, which is not supported");
  if (any([](std::string_view n) { return n.find("depthwise_conv") != std::string_view::npos; }))
    refuse(file, "mmpretrain's layout, which is not supported");
  if (has("downsample_layers.0.0.weight"))
    return NamingScheme(Ecosystem::fair);
  std::string first = file.tensors().empty()
                          ? "no tensors"
                          : fmt::format("tensors such as '{}'", file.tensors()[0].name);
  refuse(file, first);
}

} // namespace cnx
