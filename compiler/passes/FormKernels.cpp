// Groups the ops of a function into kernels. Walks the ops in order; the first fusion of the
// manifest that makes a group of an op wins, and the group moves into a cnx.kernel. An op that no
// fusion takes is a group of one.
//
// What is made of parameters alone, a transposed copy, is made right before its first reader: it
// can be made at any time, and is as large as activations.
#include "compiler/fusions/Fusion.h"
#include "compiler/passes/Convex.h"
#include "compiler/passes/GroupLocation.h"
#include "compiler/passes/KernelGraphOf.h"
#include "compiler/passes/Passes.h"

#include "ir/CnxOps.h"
#include "ir/State.h"

#include "mlir/Analysis/TopologicalSortUtils.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace cnx {
#define GEN_PASS_DEF_FORMKERNELS
#include "compiler/passes/Passes.h.inc"

namespace {

constexpr const char *kSingle = "single";

// Moves `ops` into a cnx.kernel. Operands stand in the order of their first use, so that equal
// groups have equal graphs wherever their weights are defined.
ir::KernelOp outline(ArrayRef<Operation *> ops, StringRef fusion) {
  const llvm::SmallPtrSet<Operation *, 8> inside(ops.begin(), ops.end());
  llvm::SetVector<mlir::Value> operands, results;
  SmallVector<Location> locations;
  for (Operation *op : ops) {
    locations.push_back(op->getLoc());
    for (mlir::Value operand : op->getOperands())
      if (!inside.contains(operand.getDefiningOp()))
        operands.insert(operand);
    for (mlir::Value result : op->getResults())
      if (llvm::any_of(result.getUsers(), [&](Operation *user) { return !inside.contains(user); }))
        results.insert(result);
  }

  OpBuilder builder(ops.back());
  const Location location = groupLocation(builder.getContext(), locations, fusion);
  auto resultTypes = llvm::map_to_vector(results, [](mlir::Value v) { return v.getType(); });
  auto kernel =
      ir::KernelOp::create(builder, location, resultTypes, operands.getArrayRef(), fusion);
  Block &body = kernel.getBody().emplaceBlock();
  IRMapping map;
  for (mlir::Value operand : operands)
    map.map(operand, body.addArgument(operand.getType(), operand.getLoc()));
  builder.setInsertionPointToEnd(&body);
  for (Operation *op : ops)
    builder.clone(*op, map);
  ir::YieldOp::create(builder, location,
                      llvm::map_to_vector(results, [&](mlir::Value v) { return map.lookup(v); }));
  for (auto [inner, outer] : llvm::zip_equal(results.getArrayRef(), kernel.getResults()))
    mlir::Value(inner).replaceAllUsesExcept(outer, kernel);
  for (Operation *op : llvm::reverse(ops))
    op->erase();
  return kernel;
}

void placeBeforeReaders(Block &body) {
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(body))) {
    if (!isa<ir::KernelOp>(op) || op.use_empty() || !llvm::all_of(op.getOperands(), ir::isWeight))
      continue;
    Operation *first = *op.user_begin();
    for (Operation *user : op.getUsers())
      if (user->isBeforeInBlock(first))
        first = user;
    op.moveBefore(first);
  }
}

class FormKernels : public impl::FormKernelsBase<FormKernels> {
public:
  using Base::Base;

private:
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    const FunctionGraph view = functionGraph(function);
    std::vector<bool> taken(view.ops.size(), false);
    for (size_t n = 0; n < view.ops.size(); ++n) {
      if (taken[n])
        continue;
      auto [name, group] = choose(view, static_cast<int>(n), taken);
      SmallVector<Operation *> ops;
      for (int member : group) {
        taken[static_cast<size_t>(member)] = true;
        ops.push_back(view.ops[static_cast<size_t>(member)]);
      }
      if (explain && ops.size() > 1) {
        auto remark = emitRemark(ops.front()->getLoc()) << "fused as " << name << ":";
        for (Operation *op : ops)
          remark << " " << op->getName().stripDialect();
      }
      outline(ops, name);
    }
    // A group stands where its last op stood; what reads an earlier op's result may stand before
    // that.
    if (!sortTopologically(&function.getBody().front())) {
      function.emitError("the kernels formed depend on each other in a circle");
      return signalPassFailure();
    }
    placeBeforeReaders(function.getBody().front());
  }

  std::pair<StringRef, std::vector<int>> choose(const FunctionGraph &view, int anchor,
                                                const std::vector<bool> &taken) {
    auto decline = [&](StringRef name, StringRef reason) {
      if (explain)
        emitRemark(view.ops[static_cast<size_t>(anchor)]->getLoc())
            << "not fused as " << name << ": " << reason;
    };
    if (fusion)
      for (const Fusion &candidate : fusions()) {
        if (candidate.name == kSingle)
          continue;
        const StringRef name(candidate.name.data(), candidate.name.size());
        std::string reason;
        std::optional<std::vector<int>> group = candidate.match(view.graph, anchor, &reason);
        if (!group) {
          if (!reason.empty())
            decline(name, reason);
        } else if (llvm::any_of(*group, [&](int n) { return taken[static_cast<size_t>(n)]; })) {
          decline(name, "an op of the group is in another kernel already");
        } else if (!isConvex(view.graph, *group)) {
          decline(name, "an op outside the group stands between its ops");
        } else {
          return {name, *group};
        }
      }
    return {kSingle, {anchor}};
  }
};

} // namespace
} // namespace cnx
