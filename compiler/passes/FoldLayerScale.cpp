//            scale(linear(x; w, b); gamma)
//  becomes   linear(x; fold_out(w, gamma), fold_out(b, gamma))
#include "compiler/passes/Frozen.h"
#include "compiler/passes/Passes.h"

#include "ir/CnxOps.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;

namespace cnx {
#define GEN_PASS_DEF_FOLDLAYERSCALE
#include "compiler/passes/Passes.h.inc"

namespace {

struct FoldScale : OpRewritePattern<ir::ScaleOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ir::ScaleOp scale, PatternRewriter &rewriter) const override {
    auto linear = scale.getInput().getDefiningOp<ir::LinearOp>();
    if (!linear)
      return rewriter.notifyMatchFailure(scale, "its input is no linear");
    if (!linear->hasOneUse())
      return rewriter.notifyMatchFailure(scale, "another op reads the unscaled value");
    for (Value weight : {linear.getWeight(), linear.getBias(), scale.getGamma()})
      if (!isFrozen(weight))
        return rewriter.notifyMatchFailure(scale, "a weight is trained");
    const Location loc = linear.getLoc();
    Value gamma = scale.getGamma();
    Value weight = ir::FoldOutOp::create(rewriter, loc, linear.getWeight(), gamma);
    Value bias = linear.getBias();
    if (bias)
      bias = ir::FoldOutOp::create(rewriter, loc, bias, gamma);
    Value folded =
        ir::LinearOp::create(rewriter, loc, linear.getInput(), weight, bias, linear.getFeatures());
    rewriter.replaceOp(scale, folded);
    rewriter.eraseOp(linear);
    return success();
  }
};

class FoldLayerScale : public impl::FoldLayerScaleBase<FoldLayerScale> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<FoldScale>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
} // namespace cnx
