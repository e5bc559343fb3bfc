//            linear(channel_bias(x; beta); w, b)
//  becomes   linear(x; w, fold_bias(b, w, beta))
//
// What SplitGrn leaves of GRN's beta is gone afterwards.
#include "compiler/passes/Frozen.h"
#include "compiler/passes/Passes.h"

#include "ir/CnxOps.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;

namespace cnx {
#define GEN_PASS_DEF_FOLDGRNBIAS
#include "compiler/passes/Passes.h.inc"

namespace {

struct FoldChannelBias : OpRewritePattern<ir::LinearOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ir::LinearOp linear, PatternRewriter &rewriter) const override {
    auto shifted = linear.getInput().getDefiningOp<ir::ChannelBiasOp>();
    if (!shifted)
      return rewriter.notifyMatchFailure(linear, "its input is no channel_bias");
    if (!shifted->hasOneUse())
      return rewriter.notifyMatchFailure(linear, "another op reads the shifted value");
    for (Value weight : {linear.getWeight(), linear.getBias(), shifted.getBias()})
      if (!isFrozen(weight))
        return rewriter.notifyMatchFailure(linear, "a weight is trained");
    Value bias = ir::FoldBiasOp::create(rewriter, linear.getLoc(), linear.getBias(),
                                        linear.getWeight(), shifted.getBias());
    rewriter.modifyOpInPlace(linear, [&] {
      linear.getInputMutable().assign(shifted.getInput());
      linear.getBiasMutable().assign(bias);
    });
    rewriter.eraseOp(shifted);
    return success();
  }
};

class FoldGrnBias : public impl::FoldGrnBiasBase<FoldGrnBias> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<FoldChannelBias>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
} // namespace cnx
