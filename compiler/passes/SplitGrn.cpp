//            grn(x; gamma, beta)
//  becomes   channel_bias(image_scale(x, u), beta)   with u = grn_factor(x; gamma) = 1 + gamma*Nrm
//
// since gamma*(x*Nrm) + beta + x = x*(1 + gamma*Nrm) + beta.
#include "compiler/passes/Passes.h"

#include "ir/CnxOps.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;

namespace cnx {
#define GEN_PASS_DEF_SPLITGRN
#include "compiler/passes/Passes.h.inc"

namespace {

struct SplitOneGrn : OpRewritePattern<ir::GrnOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ir::GrnOp grn, PatternRewriter &rewriter) const override {
    const Location loc = grn.getLoc();
    Value factor =
        ir::GrnFactorOp::create(rewriter, loc, grn.getInput(), grn.getGamma(), grn.getEps());
    Value scaled = ir::ImageScaleOp::create(rewriter, loc, grn.getInput(), factor);
    rewriter.replaceOpWithNewOp<ir::ChannelBiasOp>(grn, scaled, grn.getBeta());
    return success();
  }
};

class SplitGrn : public impl::SplitGrnBase<SplitGrn> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<SplitOneGrn>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
} // namespace cnx
