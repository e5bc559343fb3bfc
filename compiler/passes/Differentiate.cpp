// Reverse mode over the unfused forward function. The new function is a copy of forward, the loss,
// and then, from the last op to the first, the adjoint of every op that stands between something
// trained and the logits: the ops' own (AdjointOpInterface). A value that several ops read has a
// cotangent that is their sum, an explicit cnx.add at the layer that came last. Forward itself then
// evaluates alone: its drop paths go.
#include "compiler/passes/Passes.h"

#include "ir/CnxOps.h"
#include "ir/State.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Regex.h"

using namespace mlir;

namespace cnx {
#define GEN_PASS_DEF_DIFFERENTIATE
#include "compiler/passes/Passes.h.inc"

namespace {

constexpr StringLiteral kForward = "forward", kTrain = "train", kInputGradient = "grad_input";

// One function under construction.
class Derivation {
public:
  // `function` is a copy of forward, to be extended.
  Derivation(func::FuncOp f, bool withInput)
      : function(f), inputGradient(withInput), builder(f.getBody().front().getTerminator()) {}

  LogicalResult run() {
    Value image = ir::argumentNamed(function, "image"),
          logits = ir::resultNamed(function, "logits");
    if (!image || !logits)
      return function.emitError() << "cannot be trained: it has no "
                                  << (image ? "result \"logits\"" : "argument \"image\"");
    auto imageType = cast<RankedTensorType>(image.getType());
    if (inputGradient && !imageType.getElementType().isF32())
      return function.emitError() << "has no gradient of its image, which is " << imageType;

    const Location at = NameLoc::get(builder.getStringAttr("loss"));
    auto [targets, weight] = lossArguments(cast<BlockArgument>(image).getArgNumber() + 1,
                                           cast<RankedTensorType>(logits.getType()), at);
    auto loss = ir::SoftmaxXentOp::create(builder, at, logits, targets, weight);
    findVarying(image);
    Block &body = function.getBody().front();
    SmallVector<Operation *> forward;
    for (Operation &op : body.without_terminator())
      if (&op != loss)
        forward.push_back(&op);
    cotangents[logits] = loss.getDlogits();
    for (Operation *op : llvm::reverse(forward))
      if (failed(backward(op)))
        return failure();
    return finish(image, loss);
  }

private:
  func::FuncOp function;
  bool inputGradient;
  OpBuilder builder;
  llvm::DenseSet<Value> varying; // depends on something trained
  llvm::DenseMap<Value, Value> cotangents;
  llvm::StringMap<Value> gradients; // by parameter

  DictionaryAttr named(StringRef name) { return ir::named(function.getContext(), name); }

  // Targets [N,K] and weights [N].
  std::pair<Value, Value> lossArguments(unsigned at, RankedTensorType logits, Location location) {
    auto weights = RankedTensorType::get(logits.getShape().take_front(), logits.getElementType());
    (void)function.insertArgument(at, logits, named("targets"), location);
    (void)function.insertArgument(at + 1, weights, named("weight"), location);
    return {function.getArgument(at), function.getArgument(at + 1)};
  }

  //--- the sweep

  ir::WeightOp parameterOf(ir::GetWeightOp get) {
    return SymbolTable::lookupNearestSymbolFrom<ir::WeightOp>(get, get.getNameAttr());
  }

  void findVarying(Value image) {
    if (inputGradient)
      varying.insert(image);
    for (Operation &op : function.getBody().front()) {
      auto get = dyn_cast<ir::GetWeightOp>(op);
      bool varies = get ? !parameterOf(get).getFrozen()
                        : llvm::any_of(op.getOperands(),
                                       [&](Value operand) { return varying.contains(operand); });
      if (varies)
        varying.insert(op.result_begin(), op.result_end());
    }
  }

  void accumulate(Value &sum, Value gradient, Location at) {
    sum = sum ? ir::AddOp::create(builder, at, sum, gradient).getResult() : gradient;
  }

  LogicalResult backward(Operation *op) {
    SmallVector<Value> incoming;
    for (Value value : op->getResults())
      incoming.push_back(cotangents.lookup(value));
    llvm::BitVector wanted(op->getNumOperands());
    for (OpOperand &operand : op->getOpOperands())
      wanted[operand.getOperandNumber()] = varying.contains(operand.get());
    if (llvm::none_of(incoming, [](Value value) { return static_cast<bool>(value); }))
      return success();
    const Location at = ir::backwardLocation(op->getLoc());
    if (auto get = dyn_cast<ir::GetWeightOp>(op)) {
      if (varying.contains(get))
        accumulate(gradients[get.getName()], incoming[0], at);
      return success();
    }
    if (wanted.none())
      return success();
    auto adjoint = dyn_cast<ir::AdjointOpInterface>(op);
    if (!adjoint)
      return op->emitOpError("has no derivative; something trained lies behind it");
    SmallVector<Value> outgoing(op->getNumOperands());
    if (failed(adjoint.buildAdjoint(builder, incoming, wanted, outgoing)))
      return failure();
    for (unsigned i : wanted.set_bits()) {
      const Type expected = op->getOperand(i).getType();
      if (!outgoing[i] || outgoing[i].getType() != expected)
        return op->emitOpError() << "has no gradient of type " << expected << " for operand " << i;
      accumulate(cotangents[op->getOperand(i)], outgoing[i], at);
    }
    return success();
  }

  //--- the function's results, and nothing that they do not need

  LogicalResult finish(Value image, ir::SoftmaxXentOp loss) {
    SmallVector<Value> values;
    SmallVector<Attribute> names;
    auto give = [&](const Twine &name, Value value) {
      values.push_back(value);
      names.push_back(named(name.str()));
    };
    give("loss", loss.getLoss());
    give("logits", loss.getLogits());
    for (auto weight : function->getParentOfType<ModuleOp>().getOps<ir::WeightOp>())
      if (Value gradient = gradients.lookup(weight.getSymName()))
        give(ir::kGradientPrefix + weight.getSymName(), gradient);
    if (inputGradient) {
      Value gradient = cotangents.lookup(image);
      if (!gradient)
        return function.emitError("has no gradient of its image: the logits do not depend on it");
      give(kInputGradient, gradient);
    }
    if (values.size() == 2)
      return function.emitError("has nothing to differentiate: no parameter that the logits depend "
                                "on is trained, and no gradient of the image was asked for");
    Block &body = function.getBody().front();
    body.getTerminator()->setOperands(values);
    function.setType(builder.getFunctionType(body.getArgumentTypes(), TypeRange(values)));
    function.setResAttrsAttr(builder.getArrayAttr(names));
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(body)))
      if (isOpTriviallyDead(&op))
        op.erase();
    return success();
  }
};

class Differentiate : public impl::DifferentiateBase<Differentiate> {
public:
  using Base::Base;

private:
  void runOnOperation() override {
    ModuleOp module = getOperation();
    std::vector<func::FuncOp> forward;
    for (auto function : module.getOps<func::FuncOp>())
      if (function.getName().starts_with(kForward))
        forward.push_back(function);
    if (forward.empty()) {
      module.emitError("has no function @forward_b<N> to differentiate");
      return signalPassFailure();
    }
    if (std::string error; !trainable.empty() && !llvm::Regex(trainable).isValid(error)) {
      module.emitError() << "trainable: \"" << trainable
                         << "\" is no regular expression: " << error;
      return signalPassFailure();
    }
    if (failed(llvm::any_of(forward, trainOf) ? checkSame(forward) : freeze(module)))
      return signalPassFailure();
    for (func::FuncOp function : forward)
      if (!trainOf(function) && failed(differentiate(function)))
        return signalPassFailure();
  }

  static std::string trainName(func::FuncOp forward) {
    return (kTrain + forward.getName().drop_front(kForward.size())).str();
  }
  static func::FuncOp trainOf(func::FuncOp forward) {
    return forward->getParentOfType<ModuleOp>().lookupSymbol<func::FuncOp>(trainName(forward));
  }

  // A module that is differentiated already, a dump, stays as it is; the options may not ask for
  // something else.
  LogicalResult checkSame(ArrayRef<func::FuncOp> forward) {
    ModuleOp module = getOperation();
    llvm::Regex expression(trainable);
    for (auto weight : module.getOps<ir::WeightOp>())
      if (!weight.getFrozen() && !trainable.empty() && !expression.match(weight.getSymName()))
        return module.emitError() << "is differentiated already, and trains @"
                                  << weight.getSymName() << ", which \"" << trainable
                                  << "\" leaves out";
    for (func::FuncOp function : forward) {
      func::FuncOp train = trainOf(function);
      if (train && inputGradient && !ir::resultNamed(train, kInputGradient))
        return train.emitError("is differentiated already, without the gradient of its image");
    }
    return success();
  }

  // What the expression does not match. An expression that matches nothing is a mistake.
  LogicalResult freeze(ModuleOp module) {
    if (trainable.empty())
      return success();
    llvm::Regex expression(trainable);
    bool any = false;
    for (auto weight : module.getOps<ir::WeightOp>()) {
      const bool matches = expression.match(weight.getSymName());
      any |= matches;
      if (!matches)
        weight.setFrozen(true);
    }
    if (!any)
      return module.emitError() << "trainable: no parameter matches \"" << trainable << "\"";
    return success();
  }

  LogicalResult differentiate(func::FuncOp forward) {
    OpBuilder builder(forward->getContext());
    builder.setInsertionPointAfter(forward);
    auto train = cast<func::FuncOp>(builder.clone(*forward));
    train.setName(trainName(forward));
    if (failed(Derivation(train, inputGradient).run()))
      return failure();
    keepAllPaths(forward);
    return success();
  }

  // What is left of forward evaluates, and drops nothing.
  static void keepAllPaths(func::FuncOp forward) {
    Block &body = forward.getBody().front();
    for (auto drop : llvm::make_early_inc_range(body.getOps<ir::DropPathOp>())) {
      auto factor = dyn_cast<BlockArgument>(drop.getFactor());
      drop.replaceAllUsesWith(drop.getInput());
      drop.erase();
      if (factor && factor.use_empty())
        (void)forward.eraseArgument(factor.getArgNumber());
    }
  }
};

} // namespace
} // namespace cnx
