// The program of a training plan, compiled with its C kernels and a C main, and run.
#pragma once

#include "tests/unit/codegen/TrainingPlan.h"
#include "tests/unit/codegen/Workplace.h"

#include <string>

namespace cnx {

// What a main prints that makes `calls`. It has a context `c` from a weight file in memory, drawn
// images and labels, a status `s`, and what TrainingProgram.cpp's text defines before them.
// Warnings of two compilers are errors.
std::string runTraining(const Workplace &place, const TrainingVariant &variant,
                        const std::string &calls, int64_t microBatch = 0);
std::string runTraining(const std::string &calls, const TrainingVariant &variant = {},
                        int64_t microBatch = 0);

CodegenOptions trainingOptions(const Workplace &place, int64_t microBatch = 0);

} // namespace cnx
