// Runs a program of a plan on the bytes of its segments, without computing anything: who wrote
// which byte last.
#pragma once

#include "ir/PlanOps.h"

namespace cnx {

// Reports every launch that reads what is not there, writes where it must not, or passes buffers
// that overlap. Views and kernels have been checked on their own.
mlir::LogicalResult replayProgram(plan::ProgramOp program);

} // namespace cnx
