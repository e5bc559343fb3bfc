// Backward without values that forward alone needs: the layer scale gamma and the norm's affine
// (g, beta) move from activations into weights, and the parameters' gradients are unfolded from
// products of weights.
//
// Behind a layer, y = gamma*(W a + b), dy its cotangent; with G = dy^T a and S = sum dy:
//   dW = diag(gamma) G, db = gamma*S, dgamma = rowdot(W, G) + b*S, da = (diag(gamma) W)^T dy
// so neither gamma*dy nor W a + b is read. In front of one, y = W (g*x + beta), with G = dy^T x:
//   dW = G diag(g) + S beta^T, dg = columndot(W, G), dbeta = W^T S, dx = (W diag(g))^T dy
// so g*x + beta is not read. The same for a patch convolution, whose windows have no padding: g and
// beta repeat over its taps. beta of global response normalisation is an affine's without a gain.
//
// Global response normalisation: backward reads the norms that forward has, not the map once more.
//
// A sum that weights would give is taken from activations instead where the products are not needed
// anyway, because the weight is frozen.
#include "compiler/passes/Frozen.h"
#include "compiler/passes/Passes.h"

#include "ir/CnxOps.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;

namespace cnx {
#define GEN_PASS_DEF_TRAININGALGEBRA
#include "compiler/passes/Passes.h.inc"

namespace {

int64_t channelsOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape().back();
}

// A layer with a weight, backward: its gradient by the input, of either kind.
struct InputGradient {
  Operation *op;

  static InputGradient of(Value value) {
    Operation *op = value.getDefiningOp();
    return {isa_and_nonnull<ir::LinearGradInputOp, ir::PatchConvGradInputOp>(op) ? op : nullptr};
  }
  explicit operator bool() const { return op; }
  Value dy() const { return op->getOperand(0); }
  OpOperand &weight() const { return op->getOpOperand(1); }
};

bool isWeightGradient(Operation *op) {
  return isa<ir::LinearGradWeightOp, ir::PatchConvGradWeightOp>(op);
}

// The layer's gradient by its weight, of cotangent dy; of the input x where given.
Operation *weightGradient(Value dy, Value x = {}) {
  for (OpOperand &use : dy.getUses())
    if (isWeightGradient(use.getOwner()) && use.getOperandNumber() == 0 &&
        (!x || use.getOwner()->getOperand(1) == x))
      return use.getOwner();
  return nullptr;
}

class TrainingAlgebra : public impl::TrainingAlgebraBase<TrainingAlgebra> {
  void runOnOperation() override {
    Block &body = getOperation().getBody().front();
    // The direct sums first: they ask for products that the later steps move.
    each<ir::SumRowsProductOp>(body, [&](auto sum) { gainBehind(sum); });
    each<ir::ScaleOp>(body, [&](auto scale) { cotangentOfScale(scale); });
    each<ir::LinearGradWeightOp>(body, [&](auto gradient) { behindAffine(gradient); });
    each<ir::PatchConvGradWeightOp>(body, [&](auto gradient) { behindAffine(gradient); });
    each<ir::SumRowsProductOp>(body, [&](auto sum) { gainInFront(sum); });
    each<ir::SumRowsOp>(body, [&](auto sum) { biasInFront(sum); });
    each<ir::ScaleOp>(body, [&](auto scale) { gainIntoWeight(scale); });
    each<ir::GrnFactorGradOp>(body, [&](auto gradient) { readNorms(gradient); });
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(body)))
      if (isOpTriviallyDead(&op))
        op.erase();
  }

  template <typename Op, typename Step> void each(Block &body, const Step &step) {
    for (Op op : llvm::make_early_inc_range(body.getOps<Op>()))
      step(op);
  }

  template <typename Op> void replace(Op op, Value value) {
    op.replaceAllUsesWith(value);
    op.erase();
  }

  // dgamma = sum dy * (W a + b)  ->  rowdot(W, dy^T a) + b * sum dy
  void gainBehind(ir::SumRowsProductOp sum) {
    auto layer = sum.getRhs().getDefiningOp<ir::LinearOp>();
    Value dy = sum.getLhs();
    if (!layer || !ir::isWeight(layer.getWeight()) || !productIsMade(dy, layer.getInput()))
      return;
    OpBuilder builder(sum);
    const Location loc = sum.getLoc();
    Value product = ir::LinearGradWeightOp::create(builder, loc, dy, layer.getInput());
    SmallVector<Value, 2> bias;
    if (layer.getBias())
      bias = {layer.getBias(), ir::SumRowsOp::create(builder, loc, dy)};
    replace(sum, ir::DotOutputsOp::create(builder, loc, layer.getWeight(), product, bias));
  }

  // Whether dW of the layer that read x is wanted, of dy or of what a scale makes of it.
  bool productIsMade(Value dy, Value x) {
    return weightGradient(dy, x) || llvm::any_of(dy.getUsers(), [&](Operation *user) {
             auto scale = dyn_cast<ir::ScaleOp>(user);
             return scale && weightGradient(scale, x);
           });
  }

  // All that reads gamma*dy reads dy instead, and gains gamma at the size of weights.
  void cotangentOfScale(ir::ScaleOp scale) {
    Value dy = scale.getInput(), gamma = scale.getGamma();
    auto canMove = [&](OpOperand &use) {
      Operation *reader = use.getOwner();
      if (isa<ir::SumRowsOp>(reader))
        return true;
      if (use.getOperandNumber() != 0)
        return false;
      return isa<ir::LinearGradWeightOp>(reader) ||
             (isa<ir::LinearGradInputOp>(reader) && canTake(reader->getOperand(1), gamma));
    };
    if (!ir::isWeight(gamma) || scale.use_empty() || !llvm::all_of(scale->getUses(), canMove))
      return;
    for (OpOperand &use : llvm::make_early_inc_range(scale->getUses())) {
      Operation *reader = use.getOwner();
      OpBuilder builder(reader);
      use.set(dy);
      if (isa<ir::LinearGradInputOp>(reader)) {
        OpOperand &weight = reader->getOpOperand(1);
        weight.set(withGain<ir::FoldOutOp, ir::ScaleOutputsOp>(builder, reader->getLoc(),
                                                               weight.get(), gamma));
      } else {
        builder.setInsertionPointAfter(reader);
        Value unscaled = reader->getResult(0);
        auto scaled = ir::ScaleOutputsOp::create(builder, reader->getLoc(), unscaled, gamma);
        unscaled.replaceAllUsesExcept(scaled, scaled);
      }
    }
  }

  // dW = dy^T (g*x + beta)  ->  (dy^T x) diag(g) + (sum dy) beta^T
  template <typename Gradient> void behindAffine(Gradient gradient) {
    auto affine = gradient.getInput().template getDefiningOp<ir::AffineOp>();
    if (!affine || !ir::isWeight(affine.getGain()) || !ir::isWeight(affine.getBias()))
      return;
    OpBuilder builder(gradient);
    const Location loc = gradient.getLoc();
    gradient.getInputMutable().assign(affine.getInput());
    builder.setInsertionPointAfter(gradient);
    Value sums = ir::SumRowsOp::create(builder, loc, gradient.getDy());
    auto unfolded = ir::UnfoldAffineOp::create(builder, loc, gradient, affine.getGain(), sums,
                                               affine.getBias(), channelsOf(affine.getInput()));
    gradient.getResult().replaceAllUsesExcept(unfolded, unfolded);
  }

  // dg = sum (W^T dy) * x  ->  columndot(W, dy^T x)
  void gainInFront(ir::SumRowsProductOp sum) {
    InputGradient layer = InputGradient::of(sum.getLhs());
    if (!layer || !ir::isWeight(layer.weight().get()))
      return;
    Operation *product = weightGradient(layer.dy(), sum.getRhs());
    if (!product)
      return;
    if (!product->isBeforeInBlock(sum))
      product->moveBefore(sum); // both read dy and x
    OpBuilder builder(sum);
    replace(sum, ir::DotInputsOp::create(builder, sum.getLoc(), layer.weight().get(),
                                         product->getResult(0), channelsOf(sum.getRhs())));
  }

  // dbeta = sum W^T dy  ->  W^T sum dy
  void biasInFront(ir::SumRowsOp sum) {
    InputGradient layer = InputGradient::of(sum.getInput());
    if (!layer || !ir::isWeight(layer.weight().get()))
      return;
    // Where the gradient is summed against x anyway, this sum rides along.
    const bool summed =
        llvm::any_of(sum.getInput().getUsers(), llvm::IsaPred<ir::SumRowsProductOp>);
    const int64_t channels = channelsOf(sum.getInput());
    if (summed || !(weightGradient(layer.dy()) || channelsOf(layer.dy()) < channels))
      return;
    OpBuilder builder(sum);
    Value sums = ir::SumRowsOp::create(builder, sum.getLoc(), layer.dy());
    replace(sum, ir::ApplyTransposedOp::create(builder, sum.getLoc(), layer.weight().get(), sums,
                                               channels));
  }

  // dx = g * (W^T dy)  ->  (W diag(g))^T dy
  void gainIntoWeight(ir::ScaleOp scale) {
    InputGradient layer = InputGradient::of(scale.getInput());
    if (!layer || !scale.getInput().hasOneUse() || !ir::isWeight(scale.getGamma()) ||
        !canTake(layer.weight().get(), scale.getGamma()))
      return;
    OpBuilder builder(layer.op);
    layer.weight().set(
        withGain<ir::FoldInOp, ir::ScaleInputsOp>(builder, layer.op->getLoc(), layer.weight().get(),
                                                  scale.getGamma(), channelsOf(scale.getInput())));
    replace(scale, layer.op->getResult(0));
  }

  // u = grn_factor(x) ... grn_factor_grad(x, du)  ->  G = image_norm(x), u = grn_factor(G) ...
  // grn_factor_grad(G, du)
  void readNorms(ir::GrnFactorGradOp gradient) {
    Value map = gradient.getInput();
    if (cast<RankedTensorType>(map.getType()).getRank() == 2)
      return; // done
    for (Operation *user : map.getUsers()) {
      auto factor = dyn_cast<ir::GrnFactorOp>(user);
      if (!factor)
        continue;
      OpBuilder builder(factor);
      Value norms = ir::ImageNormOp::create(builder, factor.getLoc(), map);
      factor.getInputMutable().assign(norms);
      gradient.getInputMutable().assign(norms);
      return;
    }
  }

  // Of a frozen weight a constant is transposed; a trained gain would have it done in every step.
  static bool canTake(Value weight, Value gain) {
    return ir::isWeight(weight) && (isFrozen(gain) || !isFrozen(weight));
  }

  template <typename Fold, typename Scale, typename... Channels>
  Value withGain(OpBuilder &builder, Location loc, Value weight, Value gain, Channels... channels) {
    if (isFrozen(weight) && isFrozen(gain))
      return Fold::create(builder, loc, weight, gain);
    return Scale::create(builder, loc, weight, gain, channels...);
  }
};

} // namespace
} // namespace cnx
