// A network read from the tensors of a checkpoint: names decide the architecture, shapes
// the sizes.
#pragma once

#include "compiler/frontend/ModelDesc.h"
#include "compiler/frontend/NamingScheme.h"
#include "compiler/weights/Parameter.h"

#include <string>
#include <vector>

namespace cnx {

class CheckpointFiles;

struct Checkpoint {
  // Inferred: version, classes, depths, dims, head, and whether there is a layer scale. Not in the
  // tensors, hence still the defaults: eps (but for transformers' final one), image, drop path.
  ModelDesc desc;
  NamingScheme scheme;
  std::vector<Parameter> parameters; // one for each of layerTensors(desc), in that order
  std::vector<std::string> notes;    // what was filled in, for the user to know
};

// Every parameter is filled by exactly one tensor. Throws UserError with the list of tensors that
// are missing, unknown or of another shape, or with the reason where the network is not a plain
// ConvNeXt.
Checkpoint readCheckpoint(const CheckpointFiles &files);

} // namespace cnx
