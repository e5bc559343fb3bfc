// The ops of the backward pass that ordinary ops cannot express, and the loss. Rows like those of CnxOps.td, which includes this.
//
// Names: dy is the cotangent of the layer's result, x what the layer read, w its weight in PyTorch's order.
//
// A gradient of a parameter has the parameter's own shape. With the unit attribute `packed`, which the layout pass sets, it has the form in
// which trained parameters live, its padding zero: panels `[ceil(N/16), K, 16]`, taps `[k, k, Cp]`, a vector padded to a multiple of 16.
#ifndef CNX_GRAD_OPS_TD
#define CNX_GRAD_OPS_TD

class Cnx_GradOp<string mnemonic> : Cnx_PureOp<mnemonic, [Cnx_NoAdjoint]>;

class Cnx_PlainGradOp<string mnemonic> : Cnx_PlainOp<mnemonic, [Cnx_NoAdjoint]>;

class Cnx_PackableGradOp<string mnemonic> : Cnx_GradOp<mnemonic> {
  let assemblyFormat = "operands (`packed` $packed^)? attr-dict `:` type(operands)";
}

def Cnx_SoftmaxXentOp : Cnx_PlainGradOp<"softmax_xent"> {
  let summary = "cross entropy of logits against soft targets, and its derivative";
  let description = [{
    `loss = sum_n weight[n] * -sum_k targets[n,k] * log softmax(logits)[n,k]`, one number;
    `dlogits[n,k] = weight[n] * (softmax(logits)[n,k] * sum_k targets[n,k] - targets[n,k])`.

    Targets need not sum to 1. Label smoothing stands in them, the divisor of a mean in the weights; an ignored sample has weight 0, and
    then contributes nothing whatever its logits.
  }];
  let arguments = (ins Cnx_Tensor:$logits, Cnx_Tensor:$targets, Cnx_Tensor:$weight);
  let results = (outs Cnx_Tensor:$loss, Cnx_Tensor:$dlogits);
}

//===-- sums ---------------------------------------------------------------------------------------------------------===//

def Cnx_SumRowsOp : Cnx_PackableGradOp<"sum_rows"> {
  let summary = "sum over all axes but the last: the gradient of a bias";
  let arguments = (ins Cnx_Tensor:$input, UnitAttr:$packed);
  let results = (outs Cnx_Tensor:$result);
}

def Cnx_SumRowsProductOp : Cnx_PackableGradOp<"sum_rows_product"> {
  let summary = "sum of a*b over all axes but the last: the gradient of a gain";
  let arguments = (ins Cnx_Tensor:$lhs, Cnx_Tensor:$rhs, UnitAttr:$packed);
  let results = (outs Cnx_Tensor:$result);
}

def Cnx_SumImageProductOp : Cnx_PlainGradOp<"sum_image_product"> {
  let summary = "sum of a*b over each image: `[N,H,W,C]` twice to `[N,C]`";
  let arguments = (ins Cnx_Tensor:$lhs, Cnx_Tensor:$rhs);
  let results = (outs Cnx_Tensor:$result);
}

def Cnx_ImageNormOp : Cnx_PlainGradOp<"image_norm"> {
  let summary = "square root of the sum of squares over each image: `[N,H,W,C]` to `[N,C]`";
  let description = "What global response normalisation keeps of a map for backward, in front of a `grn_factor` that reads it.";
  let arguments = (ins Cnx_Tensor:$input);
  let results = (outs Cnx_Tensor:$result);
}

//===-- layers -------------------------------------------------------------------------------------------------------===//

def Cnx_GeluGradOp : Cnx_PlainGradOp<"gelu_grad"> {
  let summary = "dy * gelu'(x), with gelu'(x) = Phi(x) + x*phi(x)";
  let arguments = (ins Cnx_Tensor:$dy, Cnx_Tensor:$input);
  let results = (outs Cnx_Tensor:$result);
}

def Cnx_LinearGradInputOp : Cnx_PlainGradOp<"linear_grad_input"> {
  let summary = "dx[..,k] = sum_n dy[..,n] * w[n,k]; by transposed panels it is `linear`";
  let arguments = (ins Cnx_Tensor:$dy, Cnx_Tensor:$weight);
  let results = (outs Cnx_Tensor:$result);
}

def Cnx_TransposeOp : Cnx_WeightExpressionOp<"transpose"> {
  let summary = "the transposed matrix: `[N, K]` to `[K, N]`, `[Co, Ci, k, k]` to `[k*k*Ci, Co]` with row `(u*k + v)*Ci + c`";
  let arguments = (ins Cnx_Tensor:$weight);
  let results = (outs Cnx_Tensor:$result);
}

def Cnx_TransposePanelsOp : Cnx_GradOp<"transpose_panels"> {
  let summary = "panels of the transposed matrix, of a weight that is trained: what input gradients read";
  let description = [{
    From panels `[ceil(N/16), K, 16]` of a matrix of N = `features` rows those of its transpose, `[ceil(K/16), N, 16]`:
    `y[k/16, n, k%16] = panels[n/16, k, n%16]`, zero beyond K. Of a frozen weight it is `pack_panels(transpose(w))`, at compile time.

    A gain is folded in on the way: one `of "outputs"` multiplies by gain[n], one `of "inputs"` by `gain[k % channels]`.
  }];
  let arguments = (ins Cnx_Tensor:$panels, Optional<Cnx_Tensor>:$gain, OptionalAttr<StrAttr>:$of, Cnx_Int:$features,
      OptionalAttr<Cnx_Int>:$channels);
  let results = (outs Cnx_Tensor:$result);
  let assemblyFormat = [{ $panels (`,` $gain^ `of` $of)? `features` `=` $features (`channels` `=` $channels^)? attr-dict
      `:` type(operands) }];
  let builders = [OpBuilder<(ins "::mlir::Value":$panels, "int64_t":$features), [{
    build($_builder, $_state, panels, ::mlir::Value(), ::mlir::StringAttr(), features, ::mlir::IntegerAttr());
  }]>];
}

def Cnx_LinearGradWeightOp : Cnx_PackableGradOp<"linear_grad_weight"> {
  let summary = "dw[n,k] = sum over rows of dy[..,n] * x[..,k]";
  let arguments = (ins Cnx_Tensor:$dy, Cnx_Tensor:$input, UnitAttr:$packed);
  let results = (outs Cnx_Tensor:$result);
}

def Cnx_LayerNormGradOp : Cnx_PlainGradOp<"layer_norm_grad"> {
  let summary = "rstd * (g - mean(g) - xhat * mean(g*xhat)), with g the cotangent of xhat and means over channels";
  let arguments = (ins Cnx_Tensor:$dxhat, Cnx_Tensor:$xhat, Cnx_Tensor:$rstd);
  let results = (outs Cnx_Tensor:$result);
}

def Cnx_PatchConvGradInputOp : Cnx_GradOp<"patch_conv_grad_input"> {
  let summary = "the cotangent of the map that patch_conv read, of `height` x `width`";
  let description = [{
    `dx[n, k*i + u, k*j + v, c] = sum_o dy[n,i,j,o] * w[o,c,u,v]`; zero where no window reaches. The weight is `[Co, Ci, k, k]`,
    or panels of its transpose: `[ceil(k*k*Ci/16), Co, 16]`, whose row is `(u*k + v)*Ci + c`. Ci is `channels`.
  }];
  let arguments = (ins Cnx_Tensor:$dy, Cnx_Tensor:$weight, Cnx_Int:$kernel, Cnx_Int:$channels, Cnx_Int:$height, Cnx_Int:$width);
  let results = (outs Cnx_Tensor:$result);
  let assemblyFormat = [{ operands `kernel` `=` $kernel `channels` `=` $channels `height` `=` $height `width` `=` $width attr-dict
      `:` type(operands) }];
}

def Cnx_PatchConvGradWeightOp : Cnx_GradOp<"patch_conv_grad_weight"> {
  let summary = "dw[o,c,u,v] = sum_{n,i,j} dy[n,i,j,o] * x[n, k*i + u, k*j + v, c]";
  let arguments = (ins Cnx_Tensor:$dy, Cnx_Tensor:$input, Cnx_Int:$kernel, UnitAttr:$packed);
  let results = (outs Cnx_Tensor:$result);
  let assemblyFormat = "operands `kernel` `=` $kernel (`packed` $packed^)? attr-dict `:` type(operands)";
}

def Cnx_DwconvGradInputOp : Cnx_GradOp<"dwconv_grad_input"> {
  let summary = "dx[n,i,j,c] = sum_{u,v} dy[n, i + k/2 - u, j + k/2 - v, c] * w[c,0,u,v]";
  let description = "The weight is `[C, 1, k, k]`, or taps `[k, k, Cp]`: the same ones that the forward convolution reads.";
  let arguments = (ins Cnx_Tensor:$dy, Cnx_Tensor:$weight, Cnx_Int:$kernel);
  let results = (outs Cnx_Tensor:$result);
  let assemblyFormat = "operands `kernel` `=` $kernel attr-dict `:` type(operands)";
}

def Cnx_DwconvGradWeightOp : Cnx_GradOp<"dwconv_grad_weight"> {
  let summary = "dw[c,0,u,v] = sum_{n,i,j} dy[n,i,j,c] * x[n, i + u - k/2, j + v - k/2, c]";
  let arguments = (ins Cnx_Tensor:$dy, Cnx_Tensor:$input, Cnx_Int:$kernel, UnitAttr:$packed);
  let results = (outs Cnx_Tensor:$result);
  let assemblyFormat = "operands `kernel` `=` $kernel (`packed` $packed^)? attr-dict `:` type(operands)";
}

def Cnx_GrnFactorGradOp : Cnx_GradOp<"grn_factor_grad"> {
  let summary = "from the cotangent du of grn_factor(x, gamma): r with dx = x*r an image and channel, and dgamma";
  let description = [{
    With `G[n,c] = sqrt(sum_{h,w} x^2)`, `D[n] = mean_c G + eps`, `Nrm = G/D` and `A = gamma*du`:
    `r[n,c] = (A - mean_c(A*Nrm)) / (D*G)`, 0 where G is 0; `dgamma[c] = sum_n du*Nrm`. The input is x, or G `[N,C]` itself.
  }];
  let arguments = (ins Cnx_Tensor:$input, Cnx_Tensor:$gamma, Cnx_Tensor:$du, Cnx_Double:$eps, UnitAttr:$packed);
  let results = (outs Cnx_Tensor:$r, Cnx_Tensor:$dgamma);
  let assemblyFormat = "operands `eps` `=` $eps (`packed` $packed^)? attr-dict `:` type(operands)";
}

def Cnx_MeanPoolGradOp : Cnx_GradOp<"mean_pool_grad"> {
  let summary = "dx[n,i,j,c] = dy[n,c] / (height*width)";
  let arguments = (ins Cnx_Tensor:$dy, Cnx_Int:$height, Cnx_Int:$width);
  let results = (outs Cnx_Tensor:$result);
  let assemblyFormat = "operands `height` `=` $height `width` `=` $width attr-dict `:` type(operands)";
}

include "ir/CnxUpdateOps.td"
include "ir/CnxWeightOps.td"

#endif
