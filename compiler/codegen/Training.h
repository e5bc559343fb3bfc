// What of a training plan shows in the C interface, beside what every build has (Interface.h).
#pragma once

#include "compiler/Gradients.h"
#include "compiler/codegen/Options.h"
#include "compiler/plan/Program.h"

#include <cstdint>
#include <string>
#include <vector>

namespace cnx {

// Of one entry of Plan::parameters.
struct ParameterFacts {
  std::string form;   // "vector", "panels", "taps"; of a frozen one "dense"
  int64_t offset = 0; // bytes: in every flat segment; of a frozen one in the weight file's payload
  int64_t bytes = 0;  // in its form, padding included
  bool decay = false; // whether weight decay acts on it by default

  bool trained() const { return form != "dense"; }
};

// An array [N] of drop-path factors that the context draws for each train forward.
struct DropPathFacts {
  std::string field; // of the emitted Run: "drop_path_3"
  int64_t site = 0;
  double rate = 0;
  int64_t place = 0; // bytes in the arena
};

// Equal values side by side.
struct ConstantRun {
  int64_t offset = 0, count = 0; // floats from the start of the weights
  float value = 0;
};

struct TrainingFacts {
  std::vector<int64_t> batches; // of a train forward, ascending
  int64_t microBatch = 0;       // a train step goes through its batch in parts of this; 0: at once
  int64_t classes = 0;
  int moments = 0; // flat segments of the optimiser: 1 sgd, 2 adamw
  bool ema = false;
  bool inputGradient = false;
  int64_t flatBytes = 0; // of each flat segment
  Gradients gradients = Gradients::sum;
  int64_t gradientsAt = 0;                // of those that are kept: bytes in the arena
  int64_t transposedBytes = 0;            // of transposed copies of parameters that are kept
  std::vector<ParameterFacts> parameters; // in the plan's order
  std::vector<DropPathFacts> dropPaths;
  std::vector<std::string> outputs; // that a train forward has; the others evaluation alone
  // Bytes in the arena: what the context fills or reads for a program.
  int64_t targetsPlace = 0, weightPlace = 0, lossPlace = 0, transposedPlace = 0;
  int64_t inputGradientStandIn = -1; // as OutputFacts::standIn
  // All of the segment weights where no parameter is frozen: the same in every weight file, so that
  // a context can do without one.
  std::vector<ConstantRun> constants;

  bool accumulates() const { return gradients == Gradients::sum; }
  bool keeps() const { return gradients == Gradients::keep; }
  bool isImmediate() const { return gradients == Gradients::immediate; }
  int64_t gradientBytes() const { return accumulates() ? flatBytes : 0; } // outside the arena
  const char *optimizer() const { return moments == 2 ? "adamw" : "sgd"; }
  bool anyFrozen() const;
  std::string optionsText() const; // " --train --optimizer adamw --ema", as the command line has it
  int64_t tableBytes() const;      // rates, decays, sums of squares: one float each a block
};

// Throws InternalError for a training plan that the interface cannot express. Of the places in the
// arena it knows nothing yet: they are 0.
TrainingFacts trainingOf(const Plan &plan, const CodegenOptions &options);

// Whether a program goes over whole flat segments: update, average or squares.
bool isOverSegments(const PlanProgram &program);

// Names of io segments that hold the tables and numbers of a step.
bool isStepTable(const std::string &segment);
// Names of io segments that the context fills itself, rather than the caller of a function.
bool isContextPort(const std::string &segment);

// The one launch of a train program's section loss, and what it writes beside the loss: the logits'
// gradient.
const PlanArgument &logitsGradient(const Plan &plan, const PlanProgram &train);

} // namespace cnx
