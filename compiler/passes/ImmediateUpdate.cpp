//            @train(...) -> grad.p
//  becomes   @train(..., param.p, moment1.p, moment2.p, rate.p, decay.p, scalars)
//              -> param.p, moment1.p, moment2.p
//
// by adamw of the gradient in a kernel of its own, as soon as the gradient is there and nobody
// reads the parameter any more. A gradient is then an activation like others, and its memory soon
// free.
//
// The argument param.p is the memory that @p is read from, which no use tells: so this pass comes
// after the kernels have their order, and whoever checks the plan replays it.
#include "compiler/passes/Passes.h"

#include "ir/CnxOps.h"
#include "ir/State.h"
#include "ir/TrainedLayout.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;

namespace cnx {
#define GEN_PASS_DEF_IMMEDIATEUPDATE
#include "compiler/passes/Passes.h.inc"

namespace {

struct Gradient {
  StringRef parameter;
  Value value;
};

class ImmediateUpdate : public impl::ImmediateUpdateBase<ImmediateUpdate> {
public:
  using Base::Base;

private:
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (!ir::isTraining(function))
      return;
    findReaders(function);
    Operation *end = function.getBody().front().getTerminator();
    SmallVector<Value> values;
    SmallVector<std::string> names;
    SmallVector<Gradient> gradients;
    for (OpOperand &result : end->getOpOperands()) {
      StringRef name = ir::resultName(function, result.getOperandNumber());
      if (name.consume_front(ir::kGradientPrefix)) {
        gradients.push_back({name, result.get()});
        continue;
      }
      values.push_back(result.get());
      names.push_back(name.str());
    }
    if (gradients.empty())
      return;
    end->setOperands(values);
    scalars = argument(function, "scalars", ir::kScalars);
    for (const Gradient &gradient : gradients) {
      ir::KernelOp update = addUpdate(function, gradient);
      values.append(update.result_begin(), update.result_end());
      for (StringRef state : states())
        names.push_back(ir::stateName(state, gradient.parameter));
    }
    end->setOperands(values);
    function.setType(FunctionType::get(&getContext(), function.getBody().front().getArgumentTypes(),
                                       ValueRange(values).getTypes()));
    for (auto [i, name] : llvm::enumerate(names))
      function.setResultAttrs(static_cast<unsigned>(i), ir::named(&getContext(), name));
  }

  ArrayRef<StringRef> states() const {
    static const StringRef all[] = {ir::kParam, ir::kMoment1, ir::kMoment2};
    return ArrayRef(all).drop_back(optimizer == "sgd");
  }

  // The last kernel that reads each parameter.
  void findReaders(func::FuncOp function) {
    lastReader.clear();
    for (auto kernel : function.getOps<ir::KernelOp>())
      for (Value operand : kernel.getInputs())
        if (ir::isWeight(operand))
          for (StringRef parameter : ir::parametersOf(operand.getDefiningOp()))
            lastReader[parameter] = kernel;
  }

  Value argument(func::FuncOp function, const Twine &name, ArrayRef<int64_t> shape) {
    const unsigned index = function.getNumArguments();
    (void)function.insertArgument(index,
                                  RankedTensorType::get(shape, Float32Type::get(&getContext())),
                                  ir::named(&getContext(), name.str()), function.getLoc());
    return function.getArgument(index);
  }

  ir::KernelOp addUpdate(func::FuncOp function, const Gradient &gradient) {
    Operation *after = gradient.value.getDefiningOp();
    if (Operation *reader = lastReader.lookup(gradient.parameter);
        reader && after->isBeforeInBlock(reader))
      after = reader;
    OpBuilder builder(&getContext());
    builder.setInsertionPointAfter(after);
    auto module = function->getParentOfType<ModuleOp>();
    const Location location = module.lookupSymbol<ir::WeightOp>(gradient.parameter).getLoc();
    const ArrayRef<int64_t> shape = cast<RankedTensorType>(gradient.value.getType()).getShape();
    SmallVector<Value> operands;
    for (StringRef state : states())
      operands.push_back(argument(function, ir::stateName(state, gradient.parameter), shape));
    operands.insert(operands.begin() + 1, gradient.value);
    for (StringRef table : {ir::kRateTable, ir::kDecayTable})
      operands.push_back(argument(function, ir::stateName(table, gradient.parameter), {1}));
    operands.push_back(scalars);

    const SmallVector<Type> types(states().size(), gradient.value.getType());
    auto kernel = ir::KernelOp::create(builder, location, types, operands, "single");
    Block &body = kernel.getBody().emplaceBlock();
    const SmallVector<Location> locations(operands.size(), location);
    body.addArguments(ValueRange(operands).getTypes(), locations);
    builder.setInsertionPointToEnd(&body);
    const ValueRange a = body.getArguments();
    Operation *step =
        optimizer == "sgd"
            ? ir::SgdOp::create(builder, location, a[0], a[1], a[2], a[3], a[4], a[5])
            : ir::AdamwOp::create(builder, location, a[0], a[1], a[2], a[3], a[4], a[5], a[6])
                  .getOperation();
    ir::YieldOp::create(builder, location, step->getResults());
    return kernel;
  }

  llvm::StringMap<Operation *> lastReader; // by parameter
  Value scalars;
};

} // namespace
} // namespace cnx
