// The tiles of a depthwise convolution with its norm (DwconvNorm.cpp).
#pragma once

#include "compiler/fusions/TileSpace.h"

namespace cnx {

extern const TileSpace kDwconvTiles;

} // namespace cnx
