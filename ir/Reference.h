// The reference: a function of `cnx` evaluated op by op in double precision, by the ops' own naive
// loops. Every compiled kernel and every pass is judged by it.
#pragma once

#include "ir/HostTensor.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <concepts>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace cnx::ir {

// By `cnx.name`; arguments and results without one are "arg<i>" and "result<i>". Bytes are numbers
// 0..255.
using NamedTensors = std::map<std::string, HostTensor>;

// Where parameters' values come from, in PyTorch's order: any callable (const std::string &name) ->
// vector of float or double.
class WeightValues {
public:
  template <typename Source>
  requires std::invocable<Source, const std::string &> WeightValues(Source source)
      : values([source = std::move(source)](const std::string &name) {
          auto found = source(name);
          return std::vector<double>(found.begin(), found.end());
        }) {}

  std::vector<double> operator()(const std::string &name) const { return values(name); }

private:
  std::function<std::vector<double>(const std::string &name)> values;
};

// Called after every op, those inside of kernels too, with the op's results.
using Observer = std::function<void(mlir::Operation *op, llvm::ArrayRef<HostTensor> results)>;

// The function's results. A missing input, a wrong size or an op that cannot be evaluated is
// reported at its location. Holds the values that are still to be read, no others.
llvm::FailureOr<NamedTensors> evaluate(mlir::func::FuncOp function, const NamedTensors &inputs,
                                       const WeightValues &weights, const Observer &observer = {});

} // namespace cnx::ir
