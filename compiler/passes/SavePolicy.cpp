// What forward keeps for backward. A value that costs a product, a convolution or a sum over an
// image is kept; one that is cheap is made again, next to each reader in backward, where a kernel
// can take it in:
//            a = gelu(h) ...  linear_grad_weight(dy, a)
//  becomes   a = gelu(h) ...  a' = gelu(h);  linear_grad_weight(dy, a')
// A block then keeps x, xhat, rstd and h. Making a value again must save memory: a chain of cheap
// ops is followed back to what is kept anyway, and stays where it would keep as much.
//
// What is made again is marked with a number of its own, `cnx.again`, so that the elimination of
// common subexpressions takes no two of them for one, nor any for forward's.
#include "compiler/passes/Passes.h"

#include "ir/CnxOps.h"
#include "ir/Layer.h"
#include "ir/Panels.h"
#include "ir/TrainedLayout.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;

namespace cnx {
#define GEN_PASS_DEF_SAVEPOLICY
#include "compiler/passes/Passes.h.inc"

namespace {

constexpr StringLiteral kAgain = "cnx.again", kSaved = "cnx.saved";

bool isCheap(Operation *op) {
  return isa<ir::GeluOp, ir::AffineOp, ir::ScaleOp, ir::ImageScaleOp, ir::ChannelBiasOp,
             ir::DropPathOp, ir::RelayoutOp, ir::NormalizeInputOp, ir::CastOp>(op);
}

// In the arena.
int64_t bytesOf(Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  const ArrayRef<int64_t> shape = type.getShape();
  return type.getNumElements() / shape.back() * ir::arenaPitch(shape) *
         (type.getElementTypeBitWidth() / 8);
}

// The block or the group of layers: "stages.2.blocks.5" of "stages.2.blocks.5.norm#bwd", "head" of
// "head.fc".
StringRef groupOf(StringRef layer) {
  layer.consume_back(ir::kBackwardMark);
  static constexpr StringLiteral kBlocks = "blocks.";
  if (size_t at = layer.find(kBlocks); at != StringRef::npos)
    return layer.take_front(layer.find('.', at + kBlocks.size()));
  const size_t dot = layer.rfind('.');
  return dot == StringRef::npos ? layer : layer.take_front(dot);
}

// One function.
class Saving {
public:
  explicit Saving(func::FuncOp f) : function(f), body(f.getBody().front()) {
    for (Operation &op : body)
      if (auto mark = op.getAttrOfType<IntegerAttr>(kAgain))
        next = std::max(next, mark.getInt() + 1);
  }

  void run() {
    for (Operation &op : body.without_terminator())
      for (Value value : op.getResults())
        if (isForward(value) && !isCheap(&op) && hasBackwardReader(value))
          kept.insert(value);
    // What a decision keeps may make another value cheap.
    for (bool changed = true; changed;) {
      changed = false;
      for (Operation &op : llvm::make_early_inc_range(body.without_terminator()))
        if (isCheap(&op) && isForward(op.getResult(0)) && hasBackwardReader(op.getResult(0)) &&
            costOfOperands(&op) < bytesOf(op.getResult(0))) {
          makeAgain(&op);
          changed = true;
        }
    }
  }

  struct Kept {
    SmallVector<Value> values;
    int64_t bytes = 0;
  };
  // What crosses from forward to backward, by the group of its first reader there.
  llvm::MapVector<StringRef, Kept> crossing() {
    llvm::MapVector<StringRef, Kept> groups;
    for (Operation &op : body.without_terminator())
      for (Value value : op.getResults()) {
        if (!isForward(value) || !hasBackwardReader(value))
          continue;
        Operation *reader = nullptr;
        for (Operation *user : value.getUsers())
          if (ir::isBackward(user) && (!reader || user->isBeforeInBlock(reader)))
            reader = user;
        // Names live as long as the context.
        const auto name = StringAttr::get(op.getContext(), groupOf(ir::layerOf(reader->getLoc())));
        Kept &group = groups[name.getValue()];
        group.values.push_back(value);
        group.bytes += bytesOf(value);
      }
    return groups;
  }

private:
  func::FuncOp function;
  Block &body;
  llvm::DenseSet<Value> kept;
  int64_t next = 0; // mark of what is made again

  // Made by forward for backward to keep. The loss is neither.
  static bool isForward(Value value) {
    Operation *op = value.getDefiningOp();
    return op && !ir::isWeightOnly(op) && !ir::isBackward(op) && !isa<ir::SoftmaxXentOp>(op);
  }

  static bool hasBackwardReader(Value value) {
    return llvm::any_of(value.getUsers(), ir::isBackward);
  }

  // Bytes that are to be kept in addition so that backward can have the value.
  int64_t cost(Value value) {
    if (!isForward(value) || kept.contains(value))
      return 0; // a parameter, an argument; or kept anyway
    Operation *op = value.getDefiningOp();
    const int64_t whole = bytesOf(value);
    return isCheap(op) ? std::min(whole, costOfOperands(op)) : whole;
  }
  int64_t costOfOperands(Operation *op) {
    int64_t sum = 0;
    for (Value operand : op->getOperands())
      sum += cost(operand);
    return sum;
  }

  void makeAgain(Operation *op) {
    kept.erase(op->getResult(0));
    llvm::SetVector<Operation *> readers;
    for (Operation *user : op->getUsers())
      if (ir::isBackward(user))
        readers.insert(user);
    for (Operation *reader : readers) {
      OpBuilder builder(reader);
      Value again = copy(op->getResult(0), builder);
      for (OpOperand &operand : reader->getOpOperands())
        if (operand.get() == op->getResult(0))
          operand.set(again);
    }
  }

  // The value made again where the builder stands, from what is kept.
  Value copy(Value value, OpBuilder &builder) {
    Operation *op = value.getDefiningOp();
    if (!isForward(value) || kept.contains(value))
      return value;
    if (!isCheap(op) || costOfOperands(op) >= bytesOf(value)) {
      kept.insert(value);
      return value;
    }
    IRMapping map;
    for (Value operand : op->getOperands())
      map.map(operand, copy(operand, builder));
    Operation *again = builder.clone(*op, map);
    again->setLoc(ir::backwardLocation(op->getLoc()));
    again->setAttr(kAgain, builder.getI64IntegerAttr(next++));
    return again->getResult(0);
  }
};

class SavePolicy : public impl::SavePolicyBase<SavePolicy> {
public:
  using Base::Base;

private:
  void runOnOperation() override {
    Builder builder(&getContext());
    SmallVector<NamedAttribute> functions;
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      if (!ir::isTraining(function) || !function.getOps<ir::KernelOp>().empty())
        continue; // decided before kernels were formed
      Saving saving(function);
      saving.run();
      SmallVector<NamedAttribute> groups;
      for (const auto &[group, keeps] : saving.crossing()) {
        groups.push_back(builder.getNamedAttr(group, builder.getI64IntegerAttr(keeps.bytes)));
        if (explain)
          report(function, group, keeps);
      }
      functions.push_back(
          builder.getNamedAttr(function.getName(), builder.getDictionaryAttr(groups)));
    }
    if (!functions.empty())
      getOperation()->setAttr(kSaved, builder.getDictionaryAttr(functions));
  }

  static void report(func::FuncOp function, StringRef group, const Saving::Kept &keeps) {
    auto remark = emitRemark(NameLoc::get(StringAttr::get(function.getContext(), group)))
                  << "keeps " << keeps.bytes << " bytes for backward:";
    for (Value value : keeps.values) {
      const auto result = cast<OpResult>(value);
      remark << " " << ir::layerOf(result.getOwner()->getLoc());
      if (result.getResultNumber())
        remark << "#" << result.getResultNumber();
    }
  }
};

} // namespace
} // namespace cnx
