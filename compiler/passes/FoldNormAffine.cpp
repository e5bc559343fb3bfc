//            linear(affine(x; g, beta); w, b)          and the same with patch_conv
//  becomes   linear(x; fold_in(w, g), fold_bias(b, w, beta))
//
// since sum_k w[n,k]*(g[k]*x[k] + beta[k]) + b[n] = sum_k (w[n,k]*g[k])*x[k] + (b[n] + sum_k
// w[n,k]*beta[k]). Exact for a patch convolution because it has no padding.
#include "compiler/passes/Frozen.h"
#include "compiler/passes/Passes.h"

#include "ir/CnxOps.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;

namespace cnx {
#define GEN_PASS_DEF_FOLDNORMAFFINE
#include "compiler/passes/Passes.h.inc"

namespace {

template <typename Layer> struct FoldAffineInto : OpRewritePattern<Layer> {
  using OpRewritePattern<Layer>::OpRewritePattern;

  LogicalResult matchAndRewrite(Layer layer, PatternRewriter &rewriter) const override {
    auto affine = layer.getInput().template getDefiningOp<ir::AffineOp>();
    if (!affine)
      return rewriter.notifyMatchFailure(layer, "its input is no affine");
    if (!affine->hasOneUse())
      return rewriter.notifyMatchFailure(layer, "another op reads the affine");
    for (Value weight : {layer.getWeight(), layer.getBias(), affine.getGain(), affine.getBias()})
      if (!isFrozen(weight))
        return rewriter.notifyMatchFailure(layer, "a weight is trained");
    const Location loc = layer.getLoc();
    Value weight = ir::FoldInOp::create(rewriter, loc, layer.getWeight(), affine.getGain());
    Value bias =
        ir::FoldBiasOp::create(rewriter, loc, layer.getBias(), layer.getWeight(), affine.getBias());
    rewriter.modifyOpInPlace(layer, [&] {
      layer.getInputMutable().assign(affine.getInput());
      layer.getWeightMutable().assign(weight);
      layer.getBiasMutable().assign(bias);
    });
    rewriter.eraseOp(affine);
    return success();
  }
};

class FoldNormAffine : public impl::FoldNormAffineBase<FoldNormAffine> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<FoldAffineInto<ir::LinearOp>, FoldAffineInto<ir::PatchConvOp>>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
} // namespace cnx
