//            patch_conv(normalize_input(x; mean, std); w, b)
//  becomes   patch_conv(cast(x); fold_in(w, 1/std), fold_bias(b, w, -mean/std))
//
// Exact because the stem has no padding. Where the stem is trained (or another op reads the
// normalised image) the normalisation becomes affine(cast(x); 1/std, -mean/std), so that no kernel
// is needed for it. The cast is left out where the image is float32 already.
#include "compiler/passes/Frozen.h"
#include "compiler/passes/Passes.h"

#include "ir/CnxOps.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;

namespace cnx {
#define GEN_PASS_DEF_FOLDINPUTNORMALIZATION
#include "compiler/passes/Passes.h.inc"

namespace {

struct FoldNormalization : OpRewritePattern<ir::NormalizeInputOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ir::NormalizeInputOp normalize,
                                PatternRewriter &rewriter) const override {
    const Location loc = normalize.getLoc();
    SmallVector<double> gains, offsets;
    for (auto [mean, std] : llvm::zip_equal(normalize.getMean(), normalize.getStd())) {
      gains.push_back(1 / std);
      offsets.push_back(-mean / std);
    }
    Value image = normalize.getInput();
    const auto marks = llvm::to_vector(normalize->getDiscardableAttrs()); // of the save policy
    if (!cast<RankedTensorType>(image.getType()).getElementType().isF32()) {
      image = ir::CastOp::create(rewriter, loc, image);
      image.getDefiningOp()->setDiscardableAttrs(marks);
    }
    Value gain = ir::ConstantOp::create(rewriter, loc, gains);
    Value offset = ir::ConstantOp::create(rewriter, loc, offsets);

    auto stem = normalize->hasOneUse() ? dyn_cast<ir::PatchConvOp>(*normalize->user_begin())
                                       : ir::PatchConvOp();
    if (!stem || !isFrozen(stem.getWeight()) || !isFrozen(stem.getBias())) {
      auto affine = rewriter.replaceOpWithNewOp<ir::AffineOp>(normalize, image, gain, offset);
      affine->setDiscardableAttrs(marks);
      return success();
    }
    // The weights may be defined between the two ops.
    rewriter.setInsertionPoint(stem);
    Value weight = ir::FoldInOp::create(rewriter, stem.getLoc(), stem.getWeight(), gain);
    Value bias =
        ir::FoldBiasOp::create(rewriter, stem.getLoc(), stem.getBias(), stem.getWeight(), offset);
    rewriter.modifyOpInPlace(stem, [&] {
      stem.getInputMutable().assign(image);
      stem.getWeightMutable().assign(weight);
      stem.getBiasMutable().assign(bias);
    });
    rewriter.eraseOp(normalize);
    return success();
  }
};

class FoldInputNormalization : public impl::FoldInputNormalizationBase<FoldInputNormalization> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<FoldNormalization>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
} // namespace cnx
