#include "compiler/frontend/ModelDesc.h"

#include "compiler/frontend/Layers.h"

namespace cnx {

const char *modelName(Version version) {
  return version == Version::v1 ? "convnext" : "convnextv2";
}

double dropRate(const ModelDesc &desc, int64_t block) {
  int64_t last = desc.blocks() - 1;
  return last == 0 ? 0 : desc.dropPath * static_cast<double>(block) / static_cast<double>(last);
}

int64_t parameterCount(const ModelDesc &desc) {
  int64_t count = 0;
  for (const LayerTensor &tensor : layerTensors(desc)) {
    int64_t elements = 1;
    for (int64_t extent : tensor.shape)
      elements *= extent;
    count += elements;
  }
  return count;
}

int64_t multiplyAccumulates(const ModelDesc &desc) {
  int64_t height = desc.height / kStemPatch, width = desc.width / kStemPatch;
  int64_t total = height * width * desc.dims[0] * 3 * kStemPatch * kStemPatch;
  for (int stage = 0; stage < kStages; ++stage) {
    int64_t c = desc.dims[stage];
    if (stage > 0) {
      height /= kDownsample;
      width /= kDownsample;
      total += height * width * desc.dims[stage - 1] * c * kDownsample * kDownsample;
    }
    int64_t perPixel = kDepthwiseKernel * kDepthwiseKernel * c + 2 * kMlpRatio * c * c;
    total += desc.depths[stage] * height * width * perPixel;
  }
  int64_t features = desc.dims[3];
  if (desc.headHidden > 0) {
    total += features * desc.headHidden;
    features = desc.headHidden;
  }
  return total + features * desc.numClasses;
}

} // namespace cnx
