#include "ir/Reference.h"

#include "ir/CnxOps.h"

#include "llvm/ADT/DenseMap.h"

using namespace mlir;

namespace cnx::ir {
namespace {

class Evaluation {
public:
  Evaluation(const WeightValues &weightValues, const Observer &afterEach)
      : weights(weightValues), observer(afterEach) {}

  void bind(Value value, HostTensor tensor) {
    if (!value.use_empty())
      live[value] = {std::move(tensor), std::distance(value.use_begin(), value.use_end())};
  }

  // Runs the block; values of its terminator's operands.
  FailureOr<std::vector<HostTensor>> run(Block &block) {
    for (Operation &op : block.without_terminator()) {
      FailureOr<std::vector<HostTensor>> results = evaluateOp(&op);
      if (failed(results))
        return failure();
      if (observer)
        observer(&op, *results);
      release(&op);
      for (auto [value, tensor] : llvm::zip_equal(op.getResults(), *results))
        bind(value, std::move(tensor));
    }
    Operation *terminator = block.getTerminator();
    std::vector<HostTensor> yielded;
    for (Value value : terminator->getOperands())
      yielded.push_back(live.at(value).tensor);
    release(terminator);
    return yielded;
  }

private:
  struct Entry {
    HostTensor tensor;
    std::ptrdiff_t uses; // still to come
  };

  FailureOr<std::vector<HostTensor>> evaluateOp(Operation *op) {
    if (auto read = dyn_cast<GetWeightOp>(op)) {
      auto type = cast<RankedTensorType>(read.getType());
      std::vector<double> values = weights(read.getName().str());
      if (static_cast<int64_t>(values.size()) != type.getNumElements())
        return emitError(op->getLoc()) << "weight " << read.getName() << " has " << values.size()
                                       << " values, expected " << type.getNumElements();
      return std::vector{
          HostTensor({type.getShape().begin(), type.getShape().end()}, std::move(values))};
    }
    if (auto kernel = dyn_cast<KernelOp>(op)) {
      Block &body = kernel.getBody().front();
      for (auto [argument, operand] : llvm::zip_equal(body.getArguments(), kernel.getInputs()))
        bind(argument, live.at(operand).tensor);
      return run(body);
    }
    auto evaluable = dyn_cast<EvaluateOpInterface>(op);
    if (!evaluable)
      return emitError(op->getLoc()) << op->getName() << " has no reference";
    std::vector<const HostTensor *> operands;
    for (Value operand : op->getOperands())
      operands.push_back(&live.at(operand).tensor);
    return evaluable.evaluate(operands);
  }

  void release(Operation *op) {
    for (Value operand : op->getOperands())
      if (--live.at(operand).uses == 0)
        live.erase(operand);
  }

  const WeightValues &weights;
  const Observer &observer;
  llvm::DenseMap<Value, Entry> live;
};

std::string nameOf(DictionaryAttr attributes, const char *kind, unsigned index) {
  if (attributes)
    if (auto name = attributes.getAs<StringAttr>(kNameAttr))
      return name.str();
  return kind + std::to_string(index);
}

} // namespace

FailureOr<NamedTensors> evaluate(func::FuncOp function, const NamedTensors &inputs,
                                 const WeightValues &weights, const Observer &observer) {
  if (function.isExternal())
    return emitError(function.getLoc()) << "@" << function.getName() << " has no body";
  Evaluation evaluation(weights, observer);
  for (BlockArgument argument : function.getArguments()) {
    unsigned index = argument.getArgNumber();
    std::string name = nameOf(function.getArgAttrDict(index), "arg", index);
    auto input = inputs.find(name);
    if (input == inputs.end())
      return emitError(function.getLoc()) << "input " << name << " is not given";
    auto type = cast<RankedTensorType>(argument.getType());
    if (ArrayRef<int64_t>(input->second.shape) != type.getShape())
      return emitError(function.getLoc())
             << "input " << name << " has shape [" << input->second.shape << "], expected ["
             << type.getShape() << "]";
    evaluation.bind(argument, input->second);
  }
  FailureOr<std::vector<HostTensor>> values = evaluation.run(function.getBody().front());
  if (failed(values))
    return failure();
  NamedTensors results;
  for (auto [index, tensor] : llvm::enumerate(*values))
    results[nameOf(function.getResultAttrDict(index), "result", index)] = std::move(tensor);
  return results;
}

} // namespace cnx::ir
