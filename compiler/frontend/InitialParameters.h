// Parameters without a checkpoint: timm's names, and the initialisation of the original code.
#pragma once

#include "compiler/frontend/Layers.h"
#include "compiler/weights/Parameter.h"

namespace cnx {

// Convolutions and linear layers N(0, 0.02^2), biases 0, norms 1 and 0, GRN 0, layer scale the
// description's constant.
Parameter initialParameter(const LayerTensor &tensor, const ModelDesc &desc,
                           const std::string &name, uint64_t seed);

std::vector<Parameter> initialParameters(const ModelDesc &desc, uint64_t seed);

} // namespace cnx
