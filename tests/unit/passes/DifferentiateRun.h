// Modules through `differentiate`, and what the tests ask of the result.
#pragma once

#include "ir/Reference.h"

#include "mlir/IR/BuiltinOps.h"

#include <string>
#include <vector>

namespace cnx::test {

// Runs the pass alone; the messages where it fails, else none.
std::vector<std::string> differentiate(mlir::ModuleOp module, const std::string &trainable = "",
                                       bool inputGradient = false);

// The first function whose name begins so.
mlir::func::FuncOp functionNamed(mlir::ModuleOp module, const std::string &prefix);

// Inputs `targets` and `weight` of a mean cross entropy over labelled samples.
void addLabels(ir::NamedTensors &inputs, const std::vector<int64_t> &labels, int64_t classes,
               double smoothing = 0);

double norm(const ir::HostTensor &tensor);
// ||a - b||; fails the test where the element counts differ.
double normOfDifference(const ir::HostTensor &a, const ir::HostTensor &b);

// Mnemonics of the ops at backward locations that hold more than weights, in order.
std::vector<std::string> backwardOps(mlir::func::FuncOp function);

} // namespace cnx::test
