#include "compiler/frontend/DefaultPreprocessing.h"

#include "compiler/frontend/Presets.h"

#include <algorithm>

namespace cnx {

namespace {

constexpr std::array<double, 3> kClipMean{0.48145466, 0.4578275, 0.40821073};
constexpr std::array<double, 3> kClipStd{0.26862954, 0.26130258, 0.27577711};

// The original code's evaluation warps images from this size on.
constexpr int64_t kFairWarp = 384;

constexpr int64_t kTorchvisionDefault = 256; // of its ImageClassification

// torchvision tuned the resize of each of its four networks; ConvNeXt_*_Weights.IMAGENET1K_V1.
int64_t torchvisionResize(const ModelDesc &desc) {
  const Preset *known = presetLike(desc);
  std::string name = known ? known->name : "";
  if (name == "convnext_tiny")
    return 236;
  if (name == "convnext_small")
    return 230;
  if (name == "convnext_base" || name == "convnext_large")
    return 232;
  return kTorchvisionDefault;
}

} // namespace

Preprocessing defaultPreprocessing(const std::string &scheme, const ModelDesc &desc) {
  Preprocessing p;
  // lucid's published weights of these networks are torchvision's; its others are timm's.
  const bool lucid = scheme == "lucid" && torchvisionResize(desc) != kTorchvisionDefault;
  if (scheme == "torchvision" || lucid) {
    p.rules = Preprocessing::Rules::torchvision;
    p.resizeAt224 = torchvisionResize(desc);
    p.interpolation = "bilinear";
  } else if (scheme == "transformers") {
    p.rules = Preprocessing::Rules::transformers;
  } else if (scheme == "open_clip") {
    p.cropFraction = 1;
    p.mean = kClipMean;
    p.std = kClipStd;
  } else if (scheme == "fair" && std::min(desc.height, desc.width) >= kFairWarp) {
    p.cropFraction = 1;
    p.cropMode = Preprocessing::CropMode::squash;
  }
  return p;
}

} // namespace cnx
