#include "compiler/passes/KernelGraphOf.h"

#include "ir/CnxOps.h"
#include "ir/Panels.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseMap.h"

using namespace mlir;

namespace cnx {
namespace {

bool isReturned(mlir::Value value) {
  return llvm::any_of(value.getUsers(), llvm::IsaPred<func::ReturnOp>);
}

// The caller's memory, or the weight file's.
bool isDense(mlir::Value value) {
  return isa<BlockArgument>(value) || ir::isWeight(value) || isReturned(value);
}

cnx::Value describe(Type type, bool dense, Role role) {
  auto tensor = cast<RankedTensorType>(type);
  cnx::Value value;
  value.shape.assign(tensor.getShape().begin(), tensor.getShape().end());
  value.pitch = dense ? value.shape.back() : ir::arenaPitch(tensor.getShape());
  value.type = tensor.getElementType().isUnsignedInteger(8) ? ElementType::u8
               : tensor.getElementType().isBF16()           ? ElementType::bf16
                                                            : ElementType::f32;
  value.role = role;
  return value;
}

std::map<std::string, AttributeValue> attributesOf(Operation *op) {
  std::map<std::string, AttributeValue> attributes;
  for (NamedAttribute attribute : op->getAttrs()) {
    const std::string name = attribute.getName().str();
    if (isa<ir::DropPathOp>(op) && (name == "rate" || name == "site"))
      continue;
    if (op->getDiscardableAttr(attribute.getName()))
      continue; // a pass's mark
    if (auto integer = dyn_cast<IntegerAttr>(attribute.getValue()))
      attributes[name] = integer.getInt();
    else if (auto number = dyn_cast<FloatAttr>(attribute.getValue()))
      attributes[name] = number.getValueAsDouble();
    else if (auto text = dyn_cast<StringAttr>(attribute.getValue()))
      attributes[name] = text.str();
  }
  return attributes;
}

// Collects values in the order in which they are met.
class Builder {
public:
  KernelGraph graph;
  std::vector<mlir::Value> values;

  // `describeNew` is asked only for a value that has not been met.
  template <typename Describe> int add(mlir::Value value, const Describe &describeNew) {
    auto [entry, isNew] = indexOf.try_emplace(value, static_cast<int>(graph.values.size()));
    if (isNew) {
      graph.values.push_back(describeNew(value));
      values.push_back(value);
    }
    return entry->second;
  }
  int find(mlir::Value value) const { return indexOf.lookup(value); }

  template <typename In, typename Out>
  void addNode(Operation *op, const In &describeInput, const Out &describeOutput) {
    Node node;
    node.op = op->getName().stripDialect().str();
    node.attributes = attributesOf(op);
    for (mlir::Value operand : op->getOperands())
      node.inputs.push_back(add(operand, describeInput));
    for (mlir::Value result : op->getResults())
      node.outputs.push_back(result.use_empty() ? -1 : add(result, describeOutput));
    graph.nodes.push_back(std::move(node));
  }

private:
  llvm::DenseMap<mlir::Value, int> indexOf;
};

} // namespace

FunctionGraph functionGraph(func::FuncOp function) {
  auto input = [](mlir::Value value) {
    const Role role = ir::isWeight(value)         ? Role::weight
                      : isa<BlockArgument>(value) ? Role::input
                                                  : Role::internal;
    return describe(value.getType(), isDense(value), role);
  };
  auto output = [](mlir::Value value) {
    return describe(value.getType(), isDense(value),
                    isReturned(value) ? Role::output : Role::internal);
  };
  Builder builder;
  FunctionGraph result;
  for (Operation &op : function.getBody().front().without_terminator()) {
    if (ir::isWeightOnly(&op) || isa<ir::KernelOp>(op))
      continue;
    builder.addNode(&op, input, output);
    result.ops.push_back(&op);
  }
  result.graph = std::move(builder.graph);
  result.values = std::move(builder.values);
  return result;
}

GroupGraph groupGraph(ir::KernelOp kernel) {
  Block &body = kernel.getBody().front();
  auto yielded = [&](mlir::Value value) { // the kernel's result, null for an internal value
    for (OpOperand &operand : body.getTerminator()->getOpOperands())
      if (operand.get() == value)
        return mlir::Value(kernel.getResult(operand.getOperandNumber()));
    return mlir::Value();
  };
  auto input = [&](mlir::Value value) { // new, hence an argument of the body
    mlir::Value outside = kernel.getOperand(cast<BlockArgument>(value).getArgNumber());
    return describe(outside.getType(), isDense(outside),
                    ir::isWeight(outside) ? Role::weight : Role::input);
  };
  auto output = [&](mlir::Value value) {
    mlir::Value outside = yielded(value);
    return describe(value.getType(), outside && isDense(outside),
                    outside ? Role::output : Role::internal);
  };
  Builder builder;
  builder.graph.fusion = kernel.getFusion().str();
  for (BlockArgument argument : body.getArguments()) // operands come first, in their order
    builder.add(argument, input);
  for (Operation &op : body.without_terminator())
    builder.addNode(&op, input, output);
  for (auto [result, operand] : kernel.inPlacePairs()) {
    const int out = builder.find(body.getTerminator()->getOperand(static_cast<unsigned>(result)));
    builder.graph.values[out].inPlaceOf =
        builder.find(body.getArgument(static_cast<unsigned>(operand)));
  }

  GroupGraph group;
  for (mlir::Value value : builder.values) {
    auto argument = dyn_cast<BlockArgument>(value);
    group.values.push_back(argument ? kernel.getOperand(argument.getArgNumber()) : yielded(value));
  }
  group.graph = std::move(builder.graph);
  group.scalars = liftScalars(group.graph);
  group.values.resize(group.graph.values.size());
  canonicalise(group.graph);
  return group;
}

} // namespace cnx
