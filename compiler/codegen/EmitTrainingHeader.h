// What NAME.h has in training builds alone.
#pragma once

#include "compiler/codegen/Interface.h"
#include "compiler/codegen/Writer.h"

#include <string>
#include <vector>

namespace cnx {

struct MacroFacts {
  std::string name, value; // of `#define MODEL_name value`
  std::string comment;
};

std::vector<MacroFacts> trainingMacros(const TrainingFacts &training);
// All that one context with one worker takes, weight file included.
int64_t totalBytes(const InterfaceFacts &facts, int64_t scratchBytes);

// The context: create, forward and everything that trains.
void declareTraining(Writer &out, const std::string &name, const InterfaceFacts &facts);

} // namespace cnx
