#include "compiler/tools/train/LayerDecay.h"

#include <cmath>
#include <numeric>

namespace cnx {

int layerNumber(const TensorId &tensor, const ModelDesc &desc) {
  switch (tensor.layer) {
  case Layer::stemConv:
  case Layer::stemNorm:
    return 0;
  case Layer::headNorm:
  case Layer::headHidden:
  case Layer::headFc:
    return int(desc.blocks()) + 1;
  default: {
    const bool down = tensor.layer == Layer::downNorm || tensor.layer == Layer::downConv;
    const auto before =
        std::accumulate(desc.depths.begin(), desc.depths.begin() + tensor.stage, int64_t(0));
    return 1 + int(before) + (down ? 0 : tensor.block);
  }
  }
}

double layerRateScale(const TensorId &tensor, const ModelDesc &desc, double decay) {
  return std::pow(decay, int(desc.blocks()) + 1 - layerNumber(tensor, desc));
}

} // namespace cnx
