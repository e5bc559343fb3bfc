// The IR seen as KernelGraph: a whole function for the fusions to look at, or one cnx.kernel for
// the builder.
//
// Roles: an argument of the function (or a kernel's operand) is an input, unless it is computed
// from parameters alone, which makes it a weight. What the function returns is an output. In a
// function's graph every other value is internal.
//
// Pitch: activations inside, [N,H,W,C] and [N,C], have rows of padChannels(C) elements. Arguments
// and results of the function are the caller's and dense; so are weights and whatever else has no
// channel axis ([N,H,W] and [N]).
//
// Attributes: those of the op, but for marks of passes and the rate and site of a drop path, which
// its factor has absorbed. In a function's graph `eps` is an attribute like any other. In a
// kernel's graph it is not: eps is a value of role scalar, appended as the last input of layer_norm
// and grn_factor (liftScalars), so that blocks which differ in eps share the kernel. The launch
// carries the number.
#pragma once

#include "compiler/kernels/KernelGraph.h"

#include "mlir/IR/Value.h"

#include <vector>

namespace mlir {
class Operation;
namespace func {
class FuncOp;
} // namespace func
} // namespace mlir

namespace cnx {

namespace ir {
class KernelOp;
} // namespace ir

struct FunctionGraph {
  KernelGraph graph;
  std::vector<mlir::Operation *> ops; // of each node
  std::vector<mlir::Value> values;    // of each value
};

// Weight expressions and ops that are in a kernel already are no nodes.
FunctionGraph functionGraph(mlir::func::FuncOp function);

struct GroupGraph {
  KernelGraph graph; // canonical names: kernels that do the same have equal graphs
  std::vector<mlir::Value>
      values; // of each value: the kernel's operand or result; null for scalars and internal values
  std::vector<double> scalars; // in argument order
};

GroupGraph groupGraph(ir::KernelOp kernel);

} // namespace cnx
