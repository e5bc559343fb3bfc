// The reference: a function of `cnx` evaluated op by op in double precision, by the ops' own naive
// loops. Every compiled kernel and every pass is judged by it.
#pragma once

#include "ir/HostTensor.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace cnx::ir {

// By `cnx.name`; arguments and results without one are "arg<i>" and "result<i>". Bytes are numbers
// 0..255.
using NamedTensors = std::map<std::string, HostTensor>;

// Values of a parameter in PyTorch's order.
using WeightValues = std::function<std::vector<float>(const std::string &name)>;

// Called after every op, those inside of kernels too, with the op's results.
using Observer = std::function<void(mlir::Operation *op, llvm::ArrayRef<HostTensor> results)>;

// The function's results. A missing input, a wrong size or an op that cannot be evaluated is
// reported at its location. Holds the values that are still to be read, no others.
llvm::FailureOr<NamedTensors> evaluate(mlir::func::FuncOp function, const NamedTensors &inputs,
                                       const WeightValues &weights, const Observer &observer = {});

} // namespace cnx::ir
