// The second half of NAME.cpp: the functions of NAME.h.
#pragma once

#include "compiler/codegen/SourceModel.h"
#include "compiler/codegen/Writer.h"

namespace cnx {

// Begins inside the source's anonymous namespace, after the programs, and ends it.
void emitInterface(Writer &out, const Plan &plan, const CodegenOptions &options,
                   const InterfaceFacts &facts, const SourceModel &model);

} // namespace cnx
