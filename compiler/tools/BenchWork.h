// What `cnx bench` times again and again: a pass of inference, or a step of training.
#pragma once

#include "compiler/plan/Program.h"

#include <string>
#include <vector>

namespace cnx {

struct BenchLaunch {
  const PlanLaunch *launch = nullptr;
  std::string section; // "forward", "loss", "backward", "update"
  size_t times = 1;    // in one pass or step
};

struct BenchWork {
  bool train = false;
  int64_t batch = 1; // images of a pass or step
  int64_t part = 1;  // images that a program takes at once: the batch, or a micro-batch
  std::vector<BenchLaunch> launches;
};

// Everything points into the plan.
BenchWork forwardWork(const PlanProgram &program);
// Forward, loss and backward of each part, whose gradients are summed, then one update: sums of
// squares (of every update, clipped or not), the optimiser, averages. Throws UserError where no
// program trains such parts, or the batch is no multiple.
BenchWork stepWork(const Plan &plan, int64_t batch, int64_t part);

// Two a multiply-accumulate of convolutions and linear layers (Work.h), of a pass or step.
double flopsOf(const Plan &plan, const BenchWork &work);

} // namespace cnx
