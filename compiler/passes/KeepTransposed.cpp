//            @train(...): t = transpose_panels(@p); linear(dy; t)
//  becomes   @train(..., transposed.p): linear(dy; transposed.p)
//            @transpose() -> transposed.p = transpose_panels(@p)
//
// The copies are then made once an update, not once a backward pass, and lie in a memory of their
// own. Of a parameter that two gains are folded into, the first copy is kept.
#include "compiler/passes/Passes.h"

#include "ir/CnxOps.h"
#include "ir/State.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/OperationSupport.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;

namespace cnx {
#define GEN_PASS_DEF_KEEPTRANSPOSED
#include "compiler/passes/Passes.h.inc"

namespace {

// What `value`, a weight, is made of, in front of the builder.
Value cloneWeight(OpBuilder &builder, Value value, IRMapping &map) {
  if (Value known = map.lookupOrNull(value))
    return known;
  Operation *op = value.getDefiningOp();
  for (Value operand : op->getOperands())
    cloneWeight(builder, operand, map);
  builder.clone(*op, map);
  return map.lookup(value);
}

// Whether two ops of different functions make the same of the same parameters.
bool areEqual(Operation *a, Operation *b) {
  return OperationEquivalence::isEquivalentTo(
      a, b,
      [](Value left, Value right) {
        return success(areEqual(left.getDefiningOp(), right.getDefiningOp()));
      },
      nullptr, OperationEquivalence::IgnoreLocations);
}

class KeepTransposed : public impl::KeepTransposedBase<KeepTransposed> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    if (module.lookupSymbol(ir::kTransposeFunction))
      return; // done
    for (auto function : module.getOps<func::FuncOp>())
      if (ir::isTraining(function))
        for (auto op :
             llvm::make_early_inc_range(function.getBody().front().getOps<ir::TransposePanelsOp>()))
          if (llvm::all_of(op->getOperands(), ir::isWeight))
            keep(function, op);
    if (!kept.empty())
      addFunction(module);
  }

  void keep(func::FuncOp function, ir::TransposePanelsOp op) {
    const StringRef parameter = ir::parametersOf(op.getPanels().getDefiningOp()).front();
    const auto name = StringAttr::get(&getContext(), ir::stateName(ir::kTransposed, parameter));
    Operation *&first = kept[name];
    if (!first)
      first = op;
    else if (!areEqual(first, op))
      return;
    Value argument = ir::argumentNamed(function, name);
    if (!argument) {
      const unsigned last = function.getNumArguments();
      (void)function.insertArgument(last, op.getType(), ir::named(&getContext(), name),
                                    op.getLoc());
      argument = function.getArgument(last);
    }
    op.replaceAllUsesWith(argument);
    if (first == op)
      op->remove(); // addFunction takes it
    else
      op.erase();
  }

  void addFunction(ModuleOp module) {
    OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
    const Location at = NameLoc::get(builder.getStringAttr(ir::kTransposeFunction));
    auto function =
        func::FuncOp::create(builder, at, ir::kTransposeFunction, builder.getFunctionType({}, {}));
    OpBuilder inside = OpBuilder::atBlockEnd(function.addEntryBlock());
    SmallVector<Value> results;
    IRMapping map;
    for (auto &[name, op] : kept) {
      for (Value operand : op->getOperands())
        cloneWeight(inside, operand, map);
      results.push_back(inside.clone(*op, map)->getResult(0));
      op->destroy();
    }
    func::ReturnOp::create(inside, at, results);
    function.setType(builder.getFunctionType({}, ValueRange(results).getTypes()));
    for (auto [i, entry] : llvm::enumerate(kept))
      function.setResultAttrs(static_cast<unsigned>(i), ir::named(&getContext(), entry.first));
    kept.clear();
  }

  llvm::MapVector<StringAttr, Operation *> kept; // by the copy's name, out of their functions
};

} // namespace
} // namespace cnx
