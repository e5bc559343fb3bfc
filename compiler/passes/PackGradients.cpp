#include "compiler/passes/PackGradients.h"

#include "compiler/passes/State.h"

#include "ir/CnxOps.h"
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
        .Case([&](ir::AddOp sum) {
          Value lhs = of(sum.getLhs()), rhs = of(sum.getRhs());
          if (!lhs || !rhs)
            return Value();
          OpBuilder builder(op->getContext());
          builder.setInsertionPointAfter(op);
          replaced.push_back(op);
          return remember(gradient, ir::AddOp::create(builder, op->getLoc(), lhs, rhs));
        })
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
    if (op.getPacked())
      return op->getResult(index);
    OpBuilder builder(op);
    builder.setInsertionPointAfter(op);
    auto attributes = op.getProperties();
    attributes.packed = builder.getUnitAttr();
    auto packed = Op::create(builder, op.getLoc(), op->getOperands(), attributes);
    for (auto [plain, result] : llvm::zip_equal(op->getResults(), packed->getResults())) {
      if (plain.getType() == result.getType())
        plain.replaceAllUsesWith(result); // not a gradient, and the same either way
      else
        remember(plain, result);
    }
    replaced.push_back(op);
    return twins.lookup(op->getResult(index));
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
    StringRef parameter = resultName(function, result.getOperandNumber());
    if (!parameter.consume_front(kGradientPrefix))
      continue;
    auto weight = module.lookupSymbol<ir::WeightOp>(parameter);
    if (!weight)
      return function.emitError() << "result " << result.getOperandNumber()
                                  << " is the gradient of @" << parameter
                                  << ", which the module does not have";
    const auto plain = cast<RankedTensorType>(result.get().getType());
    if (plain.getShape() == ArrayRef(ir::packedShape(weight.getType().getShape())))
      continue; // laid out already, or a vector that needs no padding
    Value packed = plain == weight.getType() ? packing.of(result.get()) : Value();
    if (!packed)
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
