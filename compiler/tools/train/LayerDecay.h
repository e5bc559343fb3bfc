// Layer-wise decay of the rate: the nearer a layer is to the image, the less it learns. The numbers
// are those of ConvNeXt V2's fine-tuning (layer_decay_type "single").
#pragma once

#include "compiler/frontend/Layers.h"

namespace cnx {

// 0 for the stem, 1 + its number over the whole network for a block, whose stage's downsampling
// goes with the stage's first block, and the number of blocks + 1 for the head.
int layerNumber(const TensorId &tensor, const ModelDesc &desc);

// decay ^ (head's number - the layer's): 1 for the head.
double layerRateScale(const TensorId &tensor, const ModelDesc &desc, double decay);

} // namespace cnx
