// The run-time scalars of the update ops: one vector of 16, computed by the host in double.
#pragma once

#include "compiler/kernels/ops/Ops.h"

namespace cnx {

struct UpdateScalars {
  enum Name {
    gradientFactor,
    rate,
    decay,
    oneMinusBeta1,
    beta2,
    oneMinusBeta2,
    eps,
    bias1,     // 1 - beta1^t
    rootBias2, // sqrt(1 - beta2^t)
    momentum,
    oneMinusEma
  };
  Stages &stages;
  int value; // the operand
  Halide::Expr operator[](Name name) const { return stages.at(value, {static_cast<int>(name)}); }
  // Of `rate` or `decay`: a block's entry, or the only one.
  Halide::Expr entry(int table, const Row &row) const {
    return stages.at(table, stages.value(table).elements() == 1 ? Row{0} : row);
  }
};

} // namespace cnx
