// The parameters of a ConvNeXt by their place in the network. Naming schemes map names to these,
// the IR is built from these.
#pragma once

#include "compiler/frontend/ModelDesc.h"

#include <compare>
#include <string>
#include <vector>

namespace cnx {

// Layers that own parameters, in the order in which the network runs them.
enum class Layer {
  stemConv,
  stemNorm,
  downNorm, // of stages 1..3
  downConv,
  dwconv,
  blockNorm,
  fc1,
  grn, // weight = gamma, bias = beta
  fc2,
  layerScale, // weight only
  headNorm,   // before or after the pool
  headHidden,
  headFc,
};

enum class Part { weight, bias };

struct TensorId {
  Layer layer = Layer::stemConv;
  int stage = 0; // of downNorm ... layerScale
  int block = 0; // of dwconv ... layerScale
  Part part = Part::weight;
  auto operator<=>(const TensorId &) const = default;
};

struct LayerTensor {
  TensorId id;
  std::vector<int64_t> shape; // PyTorch order, without extra ones: conv [out, in/groups, k, k],
                              // linear [out, in], [n]
};

// Every parameter of the network, once, in the order of the network.
std::vector<LayerTensor> layerTensors(const ModelDesc &desc);
// How many that are.
size_t layerTensorCount(const ModelDesc &desc);

// Where the layer stands, in timm's words whatever the checkpoint's: "stages.2.blocks.5.conv_dw".
std::string layerPath(const TensorId &id, const ModelDesc &desc);
// "stages.2.blocks.5"
std::string blockPath(int stage, int block);

} // namespace cnx
