// A training as a picture.
#pragma once

#include "compiler/tools/train/TrainNote.h"

#include <string>

namespace cnx {

// SVG: losses and accuracies over the steps, of the training samples, the validation part and,
// where there are any, the averaged parameters.
std::string drawCurves(const TrainNote &note);

} // namespace cnx
