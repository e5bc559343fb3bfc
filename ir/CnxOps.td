// The ops of `cnx`. A row here, a file in ir/ops (types and messages, evaluation, cost, adjoint), a file in compiler/kernels/ops.
#ifndef CNX_OPS_TD
#define CNX_OPS_TD

include "ir/Attributes.td"
include "ir/CnxDialect.td"
include "ir/CnxInterfaces.td"
include "mlir/IR/BuiltinAttributes.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

// The value depends on parameters alone: computed at compile time in double, rounded once.
def Cnx_WeightOnly : NativeOpTrait<"WeightOnly"> {
  let cppNamespace = "::cnx::ir";
}

// The op's derivative, in its file; or none.
def Cnx_Adjoint : DeclareOpInterfaceMethods<AdjointOpInterface>;
def Cnx_NoAdjoint : NativeOpTrait<"NoAdjoint"> {
  let cppNamespace = "::cnx::ir";
}

def Cnx_Tensor : StaticShapeTensorOf<[F32]>;
def Cnx_MatrixWeight : StaticShapeTensorOf<[F32, BF16]>; // bf16: rounded panels
def Cnx_Image : StaticShapeTensorOf<[F32, UI8]>;

class Cnx_PureOp<string mnemonic, list<Trait> traits = []>
    : Op<Cnx_Dialect, mnemonic, traits # [
        Pure, InferTypeOpAdaptor, DeclareOpInterfaceMethods<EvaluateOpInterface>,
        DeclareOpInterfaceMethods<CostOpInterface, ["getFlops"]>]>;

// All operands are required: `cnx.op %a, %b attributes : types of the operands`.
class Cnx_PlainOp<string mnemonic, list<Trait> traits = []> : Cnx_PureOp<mnemonic, traits> {
  let assemblyFormat = "operands attr-dict `:` type(operands)";
}

class Cnx_WeightExpressionOp<string mnemonic> : Cnx_PlainOp<mnemonic, [Cnx_WeightOnly, Cnx_NoAdjoint]>;

//===-- weights ------------------------------------------------------------------------------------------------------===//

def Cnx_WeightOp : Op<Cnx_Dialect, "weight", [Cnx_NoAdjoint, Symbol, HasParent<"::mlir::ModuleOp">]> {
  let summary = "a parameter of the model";
  let description = [{
    Mirrors `cnx::Parameter`: the name and the shape of the checkpoint (PyTorch's order), and where the values come from: a
    tensor of a file, or else an initialiser. `stored` is the shape in the file where that has extra ones. A frozen parameter
    may be folded; one that is not is an input of the training step.
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttrOf<Cnx_Tensor>:$type, OptionalAttr<StrAttr>:$file,
      OptionalAttr<StrAttr>:$tensor, DefaultValuedAttr<Cnx_InitAttr, "::cnx::Initialiser::zeros">:$init,
      DefaultValuedAttr<Cnx_Double, "0.0">:$init_value, DefaultValuedAttr<Cnx_Int, "0">:$seed, UnitAttr:$frozen,
      OptionalAttr<DenseI64ArrayAttr>:$stored);
  let assemblyFormat = "$sym_name `:` $type attr-dict";
  let hasVerifier = 1;
}

def Cnx_GetWeightOp : Op<Cnx_Dialect, "get_weight", [
    Pure, Cnx_WeightOnly, Cnx_NoAdjoint, DeclareOpInterfaceMethods<SymbolUserOpInterface>,
    DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmResultNames"]>]> {
  let summary = "the value of a parameter";
  let arguments = (ins FlatSymbolRefAttr:$name);
  let results = (outs Cnx_Tensor:$result);
  let assemblyFormat = "$name attr-dict `:` type($result)";
  let builders = [OpBuilder<(ins "::cnx::ir::WeightOp":$weight), [{
    build($_builder, $_state, weight.getType(), weight.getSymName());
  }]>];
}

def Cnx_ConstantOp : Cnx_PureOp<"constant", [Cnx_WeightOnly, Cnx_NoAdjoint]> {
  let summary = "a short vector of numbers that are known at compile time, in double";
  let description = "What folding makes of mean and std. Rounded only where the weight expression that uses it is.";
  let arguments = (ins DenseF64ArrayAttr:$values);
  let results = (outs Cnx_Tensor:$result);
  let assemblyFormat = "custom<Doubles>($values) attr-dict";
}

//===-- the image ----------------------------------------------------------------------------------------------------===//

def Cnx_RelayoutOp : Cnx_PureOp<"relayout", [Cnx_Adjoint]> {
  let summary = "channels first to channels last, or back";
  let description = "`to` is the result's layout, \"nhwc\" or \"nchw\"; the operand has the other one.";
  let arguments = (ins Cnx_Image:$input, StrAttr:$to);
  let results = (outs Cnx_Image:$result);
  let assemblyFormat = "$input `to` $to attr-dict `:` type($input)";
}

def Cnx_NormalizeInputOp : Cnx_PureOp<"normalize_input", [Cnx_Adjoint]> {
  let summary = "(x - mean) / std a channel, both in the unit of x (0..255 for bytes)";
  let arguments = (ins Cnx_Image:$input, DenseF64ArrayAttr:$mean, DenseF64ArrayAttr:$std);
  let results = (outs Cnx_Tensor:$result);
  let assemblyFormat = "$input `mean` `=` custom<Doubles>($mean) `std` `=` custom<Doubles>($std) attr-dict `:` type($input)";
}

def Cnx_CastOp : Cnx_PlainOp<"cast", [Cnx_NoAdjoint]> {
  let summary = "bytes to float32: what folding leaves of normalize_input";
  let arguments = (ins StaticShapeTensorOf<[UI8]>:$input);
  let results = (outs Cnx_Tensor:$result);
}

//===-- layers -------------------------------------------------------------------------------------------------------===//

def Cnx_PatchConvOp : Cnx_PureOp<"patch_conv", [Cnx_Adjoint]> {
  let summary = "convolution whose stride is its kernel, without padding";
  let description = [{
    `y[n,i,j,o] = b[o] + sum_{u,v,c} x[n, k*i + u, k*j + v, c] * w[o,c,u,v]`; rows and columns that fill no window are dropped.
    The weight is `[Co, Ci, k, k]`, or panels `[ceil(Co/16), k*k*Ci, 16]` whose inner index is `(u*k + v)*Ci + c`.
  }];
  let arguments = (ins Cnx_Tensor:$input, Cnx_MatrixWeight:$weight, Optional<Cnx_Tensor>:$bias, Cnx_Int:$kernel, Cnx_Int:$features);
  let results = (outs Cnx_Tensor:$result);
  let assemblyFormat = [{ $input `,` $weight (`,` $bias^)? `kernel` `=` $kernel `features` `=` $features attr-dict
      `:` type(operands) }];
}

def Cnx_DwconvOp : Cnx_PureOp<"dwconv", [Cnx_Adjoint]> {
  let summary = "depthwise convolution, stride 1, padded by k/2 zeros";
  let description = [{
    `y[n,i,j,c] = b[c] + sum_{u,v} x[n, i + u - k/2, j + v - k/2, c] * w[c,0,u,v]`, zero outside.
    The weight is `[C, 1, k, k]`, or taps `[k, k, Cp]` with Cp = C rounded up to 16.
  }];
  let arguments = (ins Cnx_Tensor:$input, Cnx_Tensor:$weight, Optional<Cnx_Tensor>:$bias, Cnx_Int:$kernel);
  let results = (outs Cnx_Tensor:$result);
  let assemblyFormat = "$input `,` $weight (`,` $bias^)? `kernel` `=` $kernel attr-dict `:` type(operands)";
}

def Cnx_LayerNormOp : Cnx_PureOp<"layer_norm", [Cnx_Adjoint]> {
  let summary = "normalises over the last axis; the affine part is `affine`";
  let description = "`rstd = 1 / sqrt(var + eps)` with the biased variance, `xhat = (x - mean) * rstd`.";
  let arguments = (ins Cnx_Tensor:$input, Cnx_Double:$eps);
  let results = (outs Cnx_Tensor:$xhat, Cnx_Tensor:$rstd);
  let assemblyFormat = "$input `eps` `=` $eps attr-dict `:` type($input)";
}

def Cnx_AffineOp : Cnx_PlainOp<"affine", [Cnx_Adjoint]> {
  let summary = "x * gain + bias along the last axis";
  let arguments = (ins Cnx_Tensor:$input, Cnx_Tensor:$gain, Cnx_Tensor:$bias);
  let results = (outs Cnx_Tensor:$result);
}

def Cnx_LinearOp : Cnx_PureOp<"linear", [Cnx_Adjoint]> {
  let summary = "matrix product along the last axis";
  let description = [{
    `y[..,n] = b[n] + sum_k x[..,k] * w[n,k]`. The weight is `[N, K]`, or panels `[ceil(N/16), K, 16]`.
  }];
  let arguments = (ins Cnx_Tensor:$input, Cnx_MatrixWeight:$weight, Optional<Cnx_Tensor>:$bias, Cnx_Int:$features);
  let results = (outs Cnx_Tensor:$result);
  let assemblyFormat = "$input `,` $weight (`,` $bias^)? `features` `=` $features attr-dict `:` type(operands)";
}

def Cnx_GeluOp : Cnx_PlainOp<"gelu", [Cnx_Adjoint]> {
  let summary = "x * Phi(x), by the error function";
  let arguments = (ins Cnx_Tensor:$input);
  let results = (outs Cnx_Tensor:$result);
}

def Cnx_GrnOp : Cnx_PureOp<"grn", [Cnx_Adjoint]> {
  let summary = "global response normalisation";
  let description = [{
    `G[n,c] = sqrt(sum_{h,w} x^2)`, `Nrm[n,c] = G[n,c] / (mean_c G[n,c] + eps)`, `y = gamma*(x*Nrm) + beta + x`.
  }];
  let arguments = (ins Cnx_Tensor:$input, Cnx_Tensor:$gamma, Cnx_Tensor:$beta, Cnx_Double:$eps);
  let results = (outs Cnx_Tensor:$result);
  let assemblyFormat = "operands `eps` `=` $eps attr-dict `:` type(operands)";
}

def Cnx_GrnFactorOp : Cnx_PureOp<"grn_factor", [Cnx_Adjoint]> {
  let summary = "the factor an image and channel of global response normalisation: 1 + gamma*Nrm";
  let description = "Nrm is as in `grn`. The input is the map x, or its norms G `[N,C]` where `image_norm` makes them for backward to read.";
  let arguments = (ins Cnx_Tensor:$input, Cnx_Tensor:$gamma, Cnx_Double:$eps);
  let results = (outs Cnx_Tensor:$result);
  let assemblyFormat = "operands `eps` `=` $eps attr-dict `:` type(operands)";
}

def Cnx_ImageScaleOp : Cnx_PlainOp<"image_scale", [Cnx_Adjoint]> {
  let summary = "x[n,h,w,c] * factor[n,c]";
  let arguments = (ins Cnx_Tensor:$input, Cnx_Tensor:$factor);
  let results = (outs Cnx_Tensor:$result);
}

def Cnx_ChannelBiasOp : Cnx_PlainOp<"channel_bias", [Cnx_Adjoint]> {
  let summary = "x + bias along the last axis";
  let arguments = (ins Cnx_Tensor:$input, Cnx_Tensor:$bias);
  let results = (outs Cnx_Tensor:$result);
}

def Cnx_ScaleOp : Cnx_PlainOp<"scale", [Cnx_Adjoint]> {
  let summary = "x * gamma along the last axis: the layer scale";
  let arguments = (ins Cnx_Tensor:$input, Cnx_Tensor:$gamma);
  let results = (outs Cnx_Tensor:$result);
}

def Cnx_DropPathOp : Cnx_PureOp<"drop_path", [Cnx_Adjoint]> {
  let summary = "multiplies each sample by its factor: 0 where dropped, 1/(1 - rate) where kept";
  let description = [{
    The factors are drawn outside, from (seed, step, sample, `site`) with probability `rate`, so that a step can be replayed.
  }];
  let arguments = (ins Cnx_Tensor:$input, Cnx_Tensor:$factor, Cnx_Double:$rate, Cnx_Int:$site);
  let results = (outs Cnx_Tensor:$result);
  let assemblyFormat = "operands `rate` `=` $rate `site` `=` $site attr-dict `:` type(operands)";
}

def Cnx_AddOp : Cnx_PlainOp<"add", [Cnx_Adjoint]> {
  let summary = "a + b, of the same shape";
  let arguments = (ins Cnx_Tensor:$lhs, Cnx_Tensor:$rhs);
  let results = (outs Cnx_Tensor:$result);
}

def Cnx_MeanPoolOp : Cnx_PlainOp<"mean_pool", [Cnx_Adjoint]> {
  let summary = "mean over rows and columns";
  let arguments = (ins Cnx_Tensor:$input);
  let results = (outs Cnx_Tensor:$result);
}

//===-- weight expressions -------------------------------------------------------------------------------------------===//

def Cnx_FoldInOp : Cnx_WeightExpressionOp<"fold_in"> {
  let summary = "weight times a gain of its inputs: w[n,k] * gain[k], or w[o,c,u,v] * gain[c]";
  let arguments = (ins Cnx_Tensor:$weight, Cnx_Tensor:$gain);
  let results = (outs Cnx_Tensor:$result);
}

def Cnx_FoldOutOp : Cnx_WeightExpressionOp<"fold_out"> {
  let summary = "weight or vector times a gain of its outputs: w[n,...] * gain[n]";
  let arguments = (ins Cnx_Tensor:$weight, Cnx_Tensor:$gain);
  let results = (outs Cnx_Tensor:$result);
}

def Cnx_FoldBiasOp : Cnx_WeightExpressionOp<"fold_bias"> {
  let summary = "what a layer adds when beta is added to its inputs: bias[n] + sum_k w[n,k] * beta[k], over taps too";
  let description = "With two operands the bias is absent and counts as zero.";
  let arguments = (ins Optional<Cnx_Tensor>:$bias, Cnx_Tensor:$weight, Cnx_Tensor:$beta);
  let results = (outs Cnx_Tensor:$result);
}

def Cnx_PackPanelsOp : Cnx_WeightExpressionOp<"pack_panels"> {
  let summary = "panels of 16 outputs, zero-padded";
  let description = [{
    `[N, K]` to `[ceil(N/16), K, 16]`; `[Co, Ci, k, k]` to `[ceil(Co/16), k*k*Ci, 16]` with inner index `(u*k + v)*Ci + c`.
  }];
  let arguments = (ins Cnx_Tensor:$weight);
  let results = (outs Cnx_Tensor:$result);
}

def Cnx_RoundBf16Op : Cnx_WeightExpressionOp<"round_bf16"> {
  let summary = "the nearest bfloat16 numbers, ties to even: how a weight is stored; kernels compute with them in float32";
  let arguments = (ins Cnx_Tensor:$weight);
  let results = (outs StaticShapeTensorOf<[BF16]>:$result);
}

def Cnx_PackTapsOp : Cnx_WeightExpressionOp<"pack_taps"> {
  let summary = "depthwise weight `[C, 1, k, k]` to taps `[k, k, Cp]`, channels last, zero-padded to a multiple of 16";
  let arguments = (ins Cnx_Tensor:$weight);
  let results = (outs Cnx_Tensor:$result);
}

def Cnx_PadVectorOp : Cnx_WeightExpressionOp<"pad_vector"> {
  let summary = "a vector padded with zeros to a multiple of 16";
  let arguments = (ins Cnx_Tensor:$vector);
  let results = (outs Cnx_Tensor:$result);
}

//===-- kernels ------------------------------------------------------------------------------------------------------===//

def Cnx_KernelOp : Op<Cnx_Dialect, "kernel", [
    Cnx_NoAdjoint, IsolatedFromAbove, SingleBlock, RecursiveMemoryEffects, DeclareOpInterfaceMethods<CostOpInterface, ["getFlops"]>]> {
  let summary = "ops that become one kernel";
  let description = [{
    The block's arguments mirror the operands, its `yield` the results. `in_place` holds pairs (result, operand), flattened:
    the result is written over the operand, which nobody reads afterwards.
  }];
  let arguments = (ins Variadic<AnyTensor>:$inputs, StrAttr:$fusion,
      DefaultValuedAttr<DenseI64ArrayAttr, "{}">:$in_place);
  let results = (outs Variadic<AnyTensor>:$outputs);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$fusion `(` $inputs `)` attr-dict `:` functional-type($inputs, $outputs) $body";
  let hasRegionVerifier = 1;
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// (result index, operand index)
    ::llvm::SmallVector<std::pair<int64_t, int64_t>> inPlacePairs();
    YieldOp yield();
  }];
}

def Cnx_YieldOp : Op<Cnx_Dialect, "yield", [Cnx_NoAdjoint, Pure, Terminator, HasParent<"KernelOp">]> {
  let summary = "the results of a kernel";
  let arguments = (ins Variadic<AnyTensor>:$values);
  let assemblyFormat = "attr-dict ($values^ `:` type($values))?";
}

include "ir/CnxGradOps.td"

#endif
