#include "compiler/passes/PackGradients.h"

#include "ir/CnxOps.h"
#include "ir/Panels.h"
#include "ir/State.h"
#include "ir/TrainedLayout.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace cnx {
namespace {

// The packed twin of a gradient, made behind the op that makes the gradient.
class Packing {
public:
  // Null where the value comes from an op that has no packed form.
  Value of(Value gradient) {
    if (Value known = twins.lookup(gradient))
      return known;
    Operation *op = gradient.getDefiningOp();
    if (!op)
      return {};
    const unsigned index = cast<OpResult>(gradient).getResultNumber();
    return llvm::TypeSwitch<Operation *, Value>(op)
        .Case<ir::SumRowsOp, ir::SumRowsProductOp, ir::LinearGradWeightOp,
              ir::PatchConvGradWeightOp, ir::DwconvGradWeightOp, ir::GrnFactorGradOp>(
            [&](auto gradientOp) { return twin(gradientOp, index); })
        .Case<ir::AddOp, ir::ScaleOutputsOp, ir::UnfoldAffineOp, ir::DotOutputsOp, ir::DotInputsOp,
              ir::ApplyTransposedOp>([&](auto) { return ofPackedOperands(gradient); })
        .Default([](Operation *) { return Value(); });
  }

  // Ops whose twins took all their readers.
  void eraseReplaced() {
    for (Operation *op : llvm::reverse(replaced))
      if (op->use_empty())
        op->erase();
  }

private:
  template <typename Op> Value twin(Op op, unsigned index) {
    auto type = cast<RankedTensorType>(op->getResult(index).getType());
    if (op.getPacked() || (type.getRank() == 1 && type.getDimSize(0) % ir::kPanelWidth == 0))
      return op->getResult(index); // a vector that needs no padding is the same either way
    OpBuilder builder(op);
    builder.setInsertionPointAfter(op);
    auto attributes = op.getProperties();
    attributes.packed = builder.getUnitAttr();
    auto packed = Op::create(builder, op.getLoc(), op->getOperands(), attributes);
    for (auto [plain, result] : llvm::zip_equal(op->getResults(), packed->getResults())) {
      if (plain.getType() == result.getType())
        plain.replaceAllUsesWith(result); // not a gradient
      else
        remember(plain, result);
    }
    replaced.push_back(op);
    return twins.lookup(op->getResult(index));
  }

  // Arithmetic on weights: what it reads becomes packed, parameters too, and so does the result.
  Value ofPackedOperands(Value gradient) {
    Operation *op = gradient.getDefiningOp();
    OpBuilder builder(op->getContext());
    builder.setInsertionPointAfter(op);
    SmallVector<Value> operands;
    for (Value operand : op->getOperands()) {
      Operation *maker = operand.getDefiningOp();
      operands.push_back(maker && ir::isWeightOnly(maker) ? packedWeight(builder, operand)
                                                          : of(operand));
      if (!operands.back())
        return {};
    }
    if (llvm::equal(operands, op->getOperands()))
      return gradient;
    Operation *packed = builder.clone(*op);
    packed->setOperands(operands);
    SmallVector<Type> types;
    if (failed(cast<InferTypeOpInterface>(packed).inferReturnTypes(
            op->getContext(), op->getLoc(), operands, packed->getRawDictionaryAttrs(),
            packed->getPropertiesStorage(), packed->getRegions(), types)))
      return {};
    packed->getResult(0).setType(types.front());
    replaced.push_back(op);
    return remember(gradient, packed->getResult(0));
  }

  static Value packedWeight(OpBuilder &builder, Value weight) {
    if (isa<ir::PadVectorOp, ir::PackPanelsOp>(weight.getDefiningOp()))
      return weight;
    if (cast<RankedTensorType>(weight.getType()).getRank() == 1)
      return ir::PadVectorOp::create(builder, weight.getLoc(), weight);
    return ir::PackPanelsOp::create(builder, weight.getLoc(), weight);
  }

  Value remember(Value plain, Value packed) {
    twins[plain] = packed;
    return packed;
  }

  llvm::DenseMap<Value, Value> twins;
  SmallVector<Operation *> replaced; // makers before readers
};

} // namespace

LogicalResult packGradients(func::FuncOp function) {
  Block &body = function.getBody().front();
  auto module = function->getParentOfType<ModuleOp>();
  Packing packing;
  for (OpOperand &result : body.getTerminator()->getOpOperands()) {
    StringRef parameter = ir::resultName(function, result.getOperandNumber());
    if (!parameter.consume_front(ir::kGradientPrefix))
      continue;
    auto weight = module.lookupSymbol<ir::WeightOp>(parameter);
    if (!weight)
      return function.emitError() << "result " << result.getOperandNumber()
                                  << " is the gradient of @" << parameter
                                  << ", which the module does not have";
    const auto plain = cast<RankedTensorType>(result.get().getType());
    const auto form =
        RankedTensorType::get(ir::packedShape(weight.getType().getShape()), plain.getElementType());
    if (plain == form && result.get().getDefiningOp<ir::KernelOp>())
      continue; // laid out already
    Value packed = plain == weight.getType() || plain == form ? packing.of(result.get()) : Value();
    if (!packed || packed.getType() != form)
      return function.emitError() << "the gradient of @" << parameter << " is " << plain
                                  << ", which has no packed form of " << weight.getType();
    result.set(packed);
  }
  function.setType(FunctionType::get(function.getContext(), body.getArgumentTypes(),
                                     body.getTerminator()->getOperandTypes()));
  packing.eraseReplaced();
  return success();
}

} // namespace cnx
