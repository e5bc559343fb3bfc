// A training plan written by hand, of a network small enough to be computed apart: with x the first
// pixel of each image, h = fc1(x), drop path of h with rate 0.25, logits = fc2(h).
#pragma once

#include "compiler/codegen/Options.h"
#include "compiler/plan/Program.h"

#include <vector>

namespace cnx {

struct TrainingVariant {
  std::vector<int64_t> evaluationBatches = {2}, trainBatches = {2};
  bool sgd = false;
  bool ema = true;
  bool frozen = true;        // fc2.weight is
  bool inputGradient = true; // by a launch of its own
};

// Image [N,32,32,3]; parameters fc1.weight [8,3], fc1.bias [8], fc2.weight [5,8], fc2.bias [5] (its
// stored shape is [1,5]); outputs logits [N,5] (a copy, so that it can be skipped) and, of
// evaluation alone, hidden [N,8].
Plan trainingPlan(const TrainingVariant &variant = {});

// What cnx-kernel-worker and LinkKernels would make of it: C functions and the table
// net_kernels_v3. Weight gradients and updates run in parallel loops of the runtime.
std::string trainingKernels(const TrainingVariant &variant);

} // namespace cnx
