// Adds the functions that take a step: over the flat segments of all trained parameters (see
// ir/TrainedLayout.h), B blocks of 256 numbers. What an update works on is state, so every result
// is written over the argument of its name.
#include "compiler/passes/Passes.h"

#include "ir/CnxOps.h"
#include "ir/TrainedLayout.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;

namespace cnx {
#define GEN_PASS_DEF_ADDUPDATE
#include "compiler/passes/Passes.h.inc"

namespace {

class AddUpdate : public impl::AddUpdateBase<AddUpdate> {
public:
  using Base::Base;

private:
  void runOnOperation() override {
    ModuleOp module = getOperation();
    if (optimizer != "adamw" && optimizer != "sgd") {
      module.emitError() << "optimizer is \"" << optimizer << "\", expected adamw or sgd";
      return signalPassFailure();
    }
    const int64_t blocks = ir::flatElements(ir::trainedLayout(module)) / ir::kUpdateBlock;
    if (blocks == 0 || module.lookupSymbol("update") || module.lookupSymbol("average"))
      return; // nothing to update, or done
    Builder types(&getContext());
    segment = RankedTensorType::get({blocks, ir::kUpdateBlock}, types.getF32Type());
    perBlock = RankedTensorType::get({blocks}, types.getF32Type());
    scalars = RankedTensorType::get({ir::kScalars}, types.getF32Type());
    if (!immediate)
      addSteps();
    if (ema)
      add("average", {{"ema", segment}, {"param", segment}, {"scalars", scalars}}, {"ema"},
          [](OpBuilder &builder, Location loc, ValueRange a) {
            return ir::AverageOp::create(builder, loc, a[0], a[1], a[2])->getResults();
          });
    if (immediate)
      return;
    add("squares", {{"grad", segment}}, {"squares"},
        [](OpBuilder &builder, Location loc, ValueRange a) {
          return ir::BlockSquaresOp::create(builder, loc, a[0])->getResults();
        });
  }

  void addSteps() {
    if (optimizer == "adamw")
      add("update",
          {{"param", segment},
           {"grad", segment},
           {"moment1", segment},
           {"moment2", segment},
           {"rate", perBlock},
           {"decay", perBlock},
           {"scalars", scalars}},
          {"param", "moment1", "moment2"}, [](OpBuilder &builder, Location loc, ValueRange a) {
            return ir::AdamwOp::create(builder, loc, a[0], a[1], a[2], a[3], a[4], a[5], a[6])
                ->getResults();
          });
    else
      add("update",
          {{"param", segment},
           {"grad", segment},
           {"moment1", segment},
           {"rate", perBlock},
           {"decay", perBlock},
           {"scalars", scalars}},
          {"param", "moment1"}, [](OpBuilder &builder, Location loc, ValueRange a) {
            return ir::SgdOp::create(builder, loc, a[0], a[1], a[2], a[3], a[4], a[5])
                ->getResults();
          });
  }

  struct Argument {
    const char *name;
    Type type;
  };

  // @name(arguments) -> results, the results of the op that `create` makes of the arguments.
  template <typename Create>
  void add(const char *name, ArrayRef<Argument> arguments, ArrayRef<const char *> results,
           const Create &create) {
    ModuleOp module = getOperation();
    OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
    const Location at = NameLoc::get(builder.getStringAttr(name));
    SmallVector<Type> argumentTypes;
    for (const Argument &argument : arguments)
      argumentTypes.push_back(argument.type);
    auto function =
        func::FuncOp::create(builder, at, name, builder.getFunctionType(argumentTypes, {}));
    Block *body = function.addEntryBlock();
    OpBuilder inside = OpBuilder::atBlockEnd(body);
    const ResultRange values = create(inside, at, ValueRange(body->getArguments()));
    func::ReturnOp::create(inside, at, values);
    function.setType(builder.getFunctionType(argumentTypes, values.getTypes()));
    for (auto [i, argument] : llvm::enumerate(arguments))
      function.setArgAttrs(static_cast<unsigned>(i), ir::named(&getContext(), argument.name));
    for (auto [i, result] : llvm::enumerate(results))
      function.setResultAttrs(static_cast<unsigned>(i), ir::named(&getContext(), result));
  }

  RankedTensorType segment, perBlock, scalars;
};

} // namespace
} // namespace cnx
