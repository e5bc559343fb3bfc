#include "compiler/tools/KernelReference.h"

#include "compiler/Error.h"
#include "compiler/tools/Diagnostics.h"
#include "ir/CnxOps.h"

#include "mlir/IR/Verifier.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"

namespace cnx {

namespace {

class Evaluator {
public:
  Evaluator(const KernelGraph &graph, GraphValues &values) : graph_(graph), values_(values) {
    context_.loadDialect<ir::CnxDialect>();
    for (const Value &value : graph.values) {
      block_.addArgument(mlir::RankedTensorType::get(value.shape, elementOf(value)),
                         mlir::UnknownLoc::get(&context_));
    }
  }

  void run(const Node &node) {
    DiagnosticText diagnostics(context_);
    mlir::OwningOpRef<mlir::Operation *> op = make(node);
    if (!op || mlir::failed(mlir::verify(*op)))
      throw UserError("kernel graph: " + node.op + ": " + diagnostics.errors());
    std::vector<ir::HostTensor> operands;
    for (int input : operandsOf(node))
      operands.emplace_back(graph_.values[size_t(input)].shape, values_.at(input));
    std::vector<const ir::HostTensor *> pointers;
    for (const ir::HostTensor &operand : operands)
      pointers.push_back(&operand);
    auto results = mlir::cast<ir::EvaluateOpInterface>(*op).evaluate(pointers);
    for (size_t i = 0; i < node.outputs.size(); ++i)
      if (node.outputs[i] >= 0)
        values_[node.outputs[i]] = results[i].values;
  }

private:
  mlir::Type elementOf(const Value &value) {
    if (value.type == ElementType::u8)
      return mlir::IntegerType::get(&context_, 8, mlir::IntegerType::Unsigned);
    if (value.type == ElementType::bf16)
      return mlir::BFloat16Type::get(&context_);
    return mlir::Float32Type::get(&context_);
  }

  // Gradients of parameters have a packed form, which a graph tells by the shape: panels and taps
  // have three axes, vectors are padded.
  bool makesPacked(const Node &node) const {
    for (int output : node.outputs)
      if (output >= 0) {
        const std::vector<int64_t> &shape = graph_.values[size_t(output)].shape;
        if (shape.size() == 3 || (shape.size() == 1 && shape[0] % kChannelPad == 0))
          return true;
      }
    return false;
  }

  // A scalar is an attribute in the dialect: eps, the only one.
  std::vector<int> operandsOf(const Node &node) const {
    std::vector<int> operands;
    for (int input : node.inputs)
      if (input >= 0 && graph_.values[size_t(input)].role != Role::scalar)
        operands.push_back(input);
    return operands;
  }

  mlir::DictionaryAttr attributesOf(const Node &node, const mlir::RegisteredOperationName &info) {
    mlir::Builder builder(&context_);
    mlir::NamedAttrList list;
    if (llvm::is_contained(info.getAttributeNames(), "packed") && makesPacked(node))
      list.append("packed", builder.getUnitAttr());
    for (const auto &[name, value] : node.attributes) {
      if (const auto *integer = std::get_if<int64_t>(&value))
        list.append(name, builder.getI64IntegerAttr(*integer));
      else if (const auto *number = std::get_if<double>(&value))
        list.append(name, builder.getF64FloatAttr(*number));
      else
        list.append(name, builder.getStringAttr(std::get<std::string>(value)));
    }
    for (int input : node.inputs)
      if (input >= 0 && graph_.values[size_t(input)].role == Role::scalar)
        list.append("eps", builder.getF64FloatAttr(values_.at(input).at(0)));
    if (node.op == "drop_path") { // how its factors were drawn, which a kernel does not know
      list.append("rate", builder.getF64FloatAttr(0));
      list.append("site", builder.getI64IntegerAttr(0));
    }
    return list.getDictionary(&context_);
  }

  mlir::Operation *make(const Node &node) {
    mlir::Location location = mlir::UnknownLoc::get(&context_);
    auto info = mlir::RegisteredOperationName::lookup("cnx." + node.op, &context_);
    auto *infer = info ? info->getInterface<mlir::InferTypeOpInterface>() : nullptr;
    if (!infer)
      throw UserError("kernel graph: found op '" + node.op + "', expected one of the dialect's");
    mlir::OperationState state(location, *info);
    for (int input : operandsOf(node))
      state.operands.push_back(block_.getArgument(unsigned(input)));
    mlir::DictionaryAttr attributes = attributesOf(node, *info);
    state.addAttributes(attributes.getValue());

    // Inference reads an op's properties, which exist before the op does only here; ops without
    // attributes have none.
    const size_t bytes = size_t(info->getOpPropertyByteSize());
    std::vector<std::max_align_t> storage(bytes / sizeof(std::max_align_t) + 1);
    mlir::OpaqueProperties properties(bytes ? storage.data() : nullptr);
    auto report = [&] { return mlir::emitError(location); };
    if (bytes) {
      info->initOpProperties(properties, nullptr);
      if (mlir::failed(info->setOpPropertiesFromAttribute(*info, properties, attributes, report)))
        return nullptr;
    }
    if (mlir::failed(infer->inferReturnTypes(&context_, location, state.operands, attributes,
                                             properties, {}, state.types)))
      return nullptr;
    return mlir::Operation::create(state);
  }

  const KernelGraph &graph_;
  GraphValues &values_;
  mlir::MLIRContext context_{mlir::MLIRContext::Threading::DISABLED};
  mlir::Block block_;
};

} // namespace

void evaluateReference(const KernelGraph &graph, GraphValues &values) {
  Evaluator evaluator(graph, values);
  for (const Node &node : graph.nodes)
    evaluator.run(node);
}

} // namespace cnx
