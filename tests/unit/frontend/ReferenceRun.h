// A model run through its IR by the double reference.
#pragma once

#include "compiler/frontend/Frontend.h"

#include <map>
#include <string>
#include <vector>

namespace cnx::test {

// The outputs of options.outputs for one image batch, by name. options.batches must hold one batch.
std::map<std::string, std::vector<double>>
runReference(const Model &model, const ModelOptions &options, const std::vector<double> &image);

} // namespace cnx::test
