// The tiles of a block's whole MLP (Mlp.cpp).
#pragma once

#include "compiler/fusions/TileSpace.h"

namespace cnx {

extern const TileSpace kMlpTiles;

} // namespace cnx
