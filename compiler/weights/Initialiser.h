// Values of a parameter that no file holds: the runtime's initialiser, so that a context that is
// created from a seed begins with the bits of the weight file of that seed.
#pragma once

#include "compiler/weights/Parameter.h"

#include <span>

namespace cnx {

// Fills `values`, of parameter.size() elements in PyTorch order.
void initialise(const Parameter &parameter, std::span<float> values);

} // namespace cnx
