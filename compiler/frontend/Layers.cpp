#include "compiler/frontend/Layers.h"

#include <fmt/format.h>

namespace cnx {

namespace {

class Collector {
public:
  explicit Collector(const ModelDesc &d) : desc(d) {}

  std::vector<LayerTensor> collect() {
    weightAndBias(Layer::stemConv, 0, 0, {desc.dims[0], 3, kStemPatch, kStemPatch});
    norm(Layer::stemNorm, 0, 0, desc.dims[0]);
    for (int stage = 0; stage < kStages; ++stage) {
      if (stage > 0)
        downsample(stage);
      for (int block = 0; block < desc.depths[stage]; ++block)
        residualBlock(stage, block);
    }
    head();
    return std::move(tensors);
  }

private:
  const ModelDesc &desc;
  std::vector<LayerTensor> tensors;

  void add(Layer layer, int stage, int block, Part part, std::vector<int64_t> shape) {
    tensors.push_back({{layer, stage, block, part}, std::move(shape)});
  }
  void weightAndBias(Layer layer, int stage, int block, std::vector<int64_t> shape) {
    int64_t outputs = shape[0];
    add(layer, stage, block, Part::weight, std::move(shape));
    add(layer, stage, block, Part::bias, {outputs});
  }
  void norm(Layer layer, int stage, int block, int64_t channels) {
    weightAndBias(layer, stage, block, {channels});
  }

  void downsample(int stage) {
    int64_t from = desc.dims[stage - 1], to = desc.dims[stage];
    norm(Layer::downNorm, stage, 0, from);
    weightAndBias(Layer::downConv, stage, 0, {to, from, kDownsample, kDownsample});
  }

  void residualBlock(int stage, int block) {
    int64_t c = desc.dims[stage], hidden = kMlpRatio * c;
    weightAndBias(Layer::dwconv, stage, block, {c, 1, kDepthwiseKernel, kDepthwiseKernel});
    norm(Layer::blockNorm, stage, block, c);
    weightAndBias(Layer::fc1, stage, block, {hidden, c});
    if (desc.hasGrn())
      norm(Layer::grn, stage, block, hidden);
    weightAndBias(Layer::fc2, stage, block, {c, hidden});
    if (desc.hasLayerScale())
      add(Layer::layerScale, stage, block, Part::weight, {c});
  }

  void head() {
    int64_t features = desc.dims[kStages - 1];
    norm(Layer::headNorm, 0, 0, features);
    if (desc.headHidden > 0) {
      weightAndBias(Layer::headHidden, 0, 0, {desc.headHidden, features});
      features = desc.headHidden;
    }
    if (desc.numClasses > 0)
      weightAndBias(Layer::headFc, 0, 0, {desc.numClasses, features});
  }
};

} // namespace

std::vector<LayerTensor> layerTensors(const ModelDesc &desc) { return Collector(desc).collect(); }

size_t layerTensorCount(const ModelDesc &desc) {
  ModelDesc small = desc;
  small.depths = {1, 1, 1, 1};
  const size_t four = layerTensors(small).size();
  small.depths[0] = 2;
  return four + size_t(desc.blocks() - 4) * (layerTensors(small).size() - four);
}

std::string blockPath(int stage, int block) {
  return fmt::format("stages.{}.blocks.{}", stage, block);
}

std::string layerPath(const TensorId &id, const ModelDesc &desc) {
  switch (id.layer) {
  case Layer::stemConv:
    return "stem.0";
  case Layer::stemNorm:
    return "stem.1";
  case Layer::downNorm:
    return fmt::format("stages.{}.downsample.0", id.stage);
  case Layer::downConv:
    return fmt::format("stages.{}.downsample.1", id.stage);
  case Layer::dwconv:
    return blockPath(id.stage, id.block) + ".conv_dw";
  case Layer::blockNorm:
    return blockPath(id.stage, id.block) + ".norm";
  case Layer::fc1:
    return blockPath(id.stage, id.block) + ".mlp.fc1";
  case Layer::grn:
    return blockPath(id.stage, id.block) + ".mlp.grn";
  case Layer::fc2:
    return blockPath(id.stage, id.block) + ".mlp.fc2";
  case Layer::layerScale:
    return blockPath(id.stage, id.block) + ".gamma";
  case Layer::headNorm:
    return desc.headNormFirst ? "norm_pre" : "head.norm";
  case Layer::headHidden:
    return "head.pre_logits.fc";
  case Layer::headFc:
    return "head.fc";
  }
  return {};
}

} // namespace cnx
