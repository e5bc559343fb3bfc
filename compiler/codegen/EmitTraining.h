// What NAME.cpp has in training builds alone: how the programs are called in order, and the
// functions of NAME.h that do it.
#pragma once

#include "compiler/codegen/SourceModel.h"
#include "compiler/codegen/Writer.h"

namespace cnx {

// The namespace `training`, inside the source's anonymous one.
void emitTrainingCalls(Writer &out, const Plan &plan, const InterfaceFacts &facts,
                       const SourceModel &model);

// The exported functions, behind that namespace: create, destroy, forward and all that trains.
void emitTrainingFunctions(Writer &out, const std::string &name, const TrainingFacts &training);

} // namespace cnx
