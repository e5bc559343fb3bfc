// How a checkpoint wants to be fed when nothing beside it says so: what its ecosystem does with its
// own weights.
#pragma once

#include "compiler/frontend/ModelDesc.h"
#include "compiler/frontend/Preprocessing.h"

#include <string>

namespace cnx {

// scheme: NamingScheme::name().
Preprocessing defaultPreprocessing(const std::string &scheme, const ModelDesc &desc);

} // namespace cnx
