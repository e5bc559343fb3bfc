// Which ecosystem wrote a checkpoint, by its tensors and never by its file name.
#pragma once

#include "compiler/frontend/NamingScheme.h"

namespace cnx {

class CheckpointFiles;

// Throws UserError for layouts that are known and not supported, and for files without a ConvNeXt.
NamingScheme detectScheme(const CheckpointFiles &file);

} // namespace cnx
