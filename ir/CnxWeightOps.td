// Arithmetic on weights and their gradients at run time, in a training step: what folds a gain into a weight that is trained, and unfolds the
// gradients of a folded one. CnxGradOps.td includes this.
//
// A weight is `[N, K]`, `[Co, Ci, k, k]` or panels of either, and so is a gradient; `channels` is K or Ci. Where the weight is packed, so are results.
// Below, n counts outputs, c inputs, t taps.
#ifndef CNX_WEIGHT_OPS_TD
#define CNX_WEIGHT_OPS_TD

class Cnx_ByChannelOp<string mnemonic> : Cnx_GradOp<mnemonic> {
  let assemblyFormat = "operands `channels` `=` $channels attr-dict `:` type(operands)";
}

def Cnx_ScaleOutputsOp : Cnx_PlainGradOp<"scale_outputs"> {
  let summary = "w[n,c,t] * gain[n], or v[n] * gain[n]";
  let description = "`fold_out` of weights that are trained. In front of an input gradient the layout pass folds it into `transpose_panels`.";
  let arguments = (ins Cnx_Tensor:$weight, Cnx_Tensor:$gain);
  let results = (outs Cnx_Tensor:$result);
}

def Cnx_ScaleInputsOp : Cnx_ByChannelOp<"scale_inputs"> {
  let summary = "w[n,c,t] * gain[c]";
  let description = [{
    `fold_in` of weights that are trained. It stands in front of input gradients alone, where the layout pass folds it into `transpose_panels`, so no
    kernel has it.
  }];
  let arguments = (ins Cnx_Tensor:$weight, Cnx_Tensor:$gain, Cnx_Int:$channels);
  let results = (outs Cnx_Tensor:$result);
}

def Cnx_UnfoldAffineOp : Cnx_ByChannelOp<"unfold_affine"> {
  let summary = "gradient[n,c,t] * gain[c] + sums[n] * bias[c]: the gradient by a weight that reads an affine";
  let description = [{
    From the gradient by the weight as if it read the affine's input, and sums of the cotangent: `sum dy[n] * (x[c]*gain[c] + bias[c])`.
  }];
  let arguments = (ins Cnx_Tensor:$gradient, Cnx_Tensor:$gain, Cnx_Tensor:$sums, Cnx_Tensor:$bias, Cnx_Int:$channels);
  let results = (outs Cnx_Tensor:$result);
}

def Cnx_DotOutputsOp : Cnx_PlainGradOp<"dot_outputs"> {
  let summary = "sum over c and t of weight[n,c,t] * gradient[n,c,t], plus bias[n] * sums[n]";
  let description = [{
    The gradient by a gain of the layer's outputs, from the gradients by weight and bias as if there were no gain:
    `sum dy[n] * (w x + b)[n] = <w[n], sum dy[n] x> + b[n] * sum dy[n]`. The last two operands are absent where the layer has no bias.
  }];
  let arguments = (ins Cnx_Tensor:$weight, Cnx_Tensor:$gradient, Variadic<Cnx_Tensor>:$bias_and_sums);
  let results = (outs Cnx_Tensor:$result);
}

def Cnx_DotInputsOp : Cnx_ByChannelOp<"dot_inputs"> {
  let summary = "sum over n and t of weight[n,c,t] * gradient[n,c,t]: the gradient by a gain of the layer's inputs";
  let arguments = (ins Cnx_Tensor:$weight, Cnx_Tensor:$gradient, Cnx_Int:$channels);
  let results = (outs Cnx_Tensor:$result);
}

def Cnx_ApplyTransposedOp : Cnx_ByChannelOp<"apply_transposed"> {
  let summary = "sum over n and t of weight[n,c,t] * sums[n]: the gradient by what is added to the layer's inputs";
  let arguments = (ins Cnx_Tensor:$weight, Cnx_Tensor:$sums, Cnx_Int:$channels);
  let results = (outs Cnx_Tensor:$result);
}

#endif
