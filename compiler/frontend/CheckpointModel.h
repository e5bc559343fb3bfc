// A checkpoint together with what it says of itself: the metadata `cnx.model`, else a config.json
// beside it, else the customs of its ecosystem.
#pragma once

#include "compiler/frontend/Frontend.h"
#include "compiler/frontend/ModelPath.h"
#include "compiler/frontend/NamingScheme.h"

namespace cnx {

struct CheckpointModel {
  Model model; // without name; its pre-processing stands only where it is known
  NamingScheme scheme;
  bool knowsPreprocessing = false;
  bool knowsEps = false; // from metadata or a configuration, not by custom
};

CheckpointModel readCheckpointModel(const ModelPath &path);

// Changes the last linear layer to `classes` outputs, drawn anew; the labels go, a note comes.
void replaceClassifier(CheckpointModel &checkpoint, int64_t classes, uint64_t seed);

} // namespace cnx
