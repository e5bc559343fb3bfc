// The passes on the dialect `cnx`. Their order and its reasons: Pipeline.cpp.
#ifndef CNX_PASSES_TD
#define CNX_PASSES_TD

include "mlir/Pass/PassBase.td"

class FunctionPass<string flag> : Pass<flag, "::mlir::func::FuncOp"> {
  let dependentDialects = ["::cnx::ir::CnxDialect"];
}

def CheckIr : FunctionPass<"cnx-check-ir"> {
  let summary = "what the frontend promises: every op has a layer, arguments and results have names";
}

def SplitGrn : FunctionPass<"cnx-split-grn"> {
  let summary = "grn(x) -> channel_bias(image_scale(x, grn_factor(x)))";
  let description = [{
    Separates the reduction over the whole image, which is a barrier, from the elementwise rest, which can ride in the next
    matrix product.
  }];
}

def Differentiate : Pass<"cnx-differentiate", "::mlir::ModuleOp"> {
  let summary = "adds a function @train_b<N> beside every @forward_b<N>: loss, logits, gradients";
  let description = [{
    `@train_b<N>(image, targets, weight, what else forward takes) -> (loss, logits, grad.<parameter> ..., grad_input)`, with these
    `cnx.name`s. The loss is softmax_xent of the logits; a gradient has its parameter's type, and they stand in the order of the
    module's weights.

    Trained is a parameter that is not frozen and whose name the regular expression (POSIX extended) finds a match in; the others
    become frozen. Only ops between what is trained and the loss are differentiated, so what is frozen costs nothing. A trained
    parameter that the logits do not depend on has no gradient.
  }];
  let options = [
    Option<"trainable", "trainable", "std::string", "\"\"", "regular expression on names of parameters; empty: all">,
    Option<"inputGradient", "input-grad", "bool", "false", "grad_input as well: the gradient of the image">];
  let dependentDialects = ["::cnx::ir::CnxDialect"];
}

def TrainingAlgebra : FunctionPass<"cnx-training-algebra"> {
  let summary = "backward reads folded weights, and gradients are unfolded from products of weights";
  let description = [{
    Layer scale and the norm's affine leave the activations of backward: what forward makes of them is then not kept. Exact.
  }];
}

def SavePolicy : Pass<"cnx-save-policy", "::mlir::ModuleOp"> {
  let summary = "what forward keeps for backward; the rest, being cheap, is made again";
  let description = [{
    In every function @train_b<N>. The module's attribute `cnx.saved` says how many bytes are kept: a dictionary by function of
    dictionaries by block.
  }];
  let options = [Option<"explain", "explain", "bool", "false", "a remark a block: what is kept, how many bytes">];
}

def FoldInputNormalization : FunctionPass<"cnx-fold-input-normalization"> {
  let summary = "mean and std into a frozen stem; elsewhere normalize_input -> affine";
}

def FoldNormAffine : FunctionPass<"cnx-fold-norm-affine"> {
  let summary = "linear(affine(x)), patch_conv(affine(x)) -> the layer alone, with folded weights";
  let description = [{
    Only where all weights involved are frozen and nobody else reads the affine's result. An affine before a depthwise
    convolution stays: its zeros outside the map are not the affine's image of zero.
  }];
}

def FoldLayerScale : FunctionPass<"cnx-fold-layer-scale"> {
  let summary = "scale(linear(x)) -> linear with folded weights, where frozen";
}

def FoldGrnBias : FunctionPass<"cnx-fold-grn-bias"> {
  let summary = "linear(channel_bias(x)) -> linear with a folded bias, where frozen";
}

def SeparateOutputs : FunctionPass<"cnx-separate-outputs"> {
  let summary = "a result that is also read inside, or returned twice, becomes a copy";
  let description = [{
    A caller may pass no pointer for an output, so nothing inside may depend on its memory; and the caller's memory is dense,
    which that of activations inside is not. The copy is a multiplication by one.
  }];
}

def ApplyLayout : FunctionPass<"cnx-apply-layout"> {
  let summary = "weights into panels and taps, vectors padded to 16; their gradients too";
  let description = [{
    A result `grad.<parameter>` gets the packed form of its parameter. Input gradients read transposed panels, which are
    computed at compile time where the weight is frozen, and by `transpose_panels` where it is trained.
  }];
}

def RoundWeights : FunctionPass<"cnx-round-weights"> {
  let summary = "panels of frozen weights as bfloat16";
  let description = "In layers that read panels. The reference computes with the rounded numbers too.";
}

def AccumulateGradients : FunctionPass<"cnx-accumulate-gradients"> {
  let summary = "each result grad.<parameter> is added to an argument of the same name, in place";
  let description = "Whoever starts a new sum clears the segment of gradients.";
}

def AddUpdate : Pass<"cnx-add-update", "::mlir::ModuleOp"> {
  let summary = "adds @update, @squares and @average: a step over the flat segments of trained parameters";
  let description = [{
    With B blocks of 256 numbers in the layout of the trained parameters, and scalars as `cnx.adamw` names them:

    `@update(param [B,256], grad [B,256], moment1 [B,256], moment2 [B,256], rate [B], decay [B], scalars [16]) -> (param, moment1, moment2)`
    (`moment2` for adamw alone), `@average(ema [B,256], param [B,256], scalars [16]) -> (ema)`, `@squares(grad [B,256]) -> (squares [B])`.
    Arguments and results of one name are one piece of memory.

    Nothing is added where no function @train_b<N> is there, or no parameter is trained.
  }];
  let options = [
    Option<"optimizer", "optimizer", "std::string", "\"adamw\"", "adamw or sgd">,
    Option<"ema", "ema", "bool", "false", "@average as well">,
    Option<"immediate", "immediate", "bool", "false", "neither @update nor @squares: @train_b<N> takes the step">];
  let dependentDialects = ["::cnx::ir::CnxDialect", "::mlir::func::FuncDialect"];
}

def KeepTransposed : Pass<"cnx-keep-transposed", "::mlir::ModuleOp"> {
  let summary = "transposed copies of trained weights are arguments of @train_b<N>, and @transpose makes them";
  let description = [{
    `@transpose() -> (transposed.<parameter>, ...)` has to run whenever parameters have changed. Nothing is added where no @train_b<N> reads
    such a copy.
  }];
  let dependentDialects = ["::cnx::ir::CnxDialect", "::mlir::func::FuncDialect"];
}

def FormKernels : FunctionPass<"cnx-form-kernels"> {
  let summary = "groups ops into kernels, by the fusions' manifest";
  let options = [
    Option<"fusion", "fusion", "bool", "true", "false: every op is a kernel of its own">,
    Option<"explain", "explain", "bool", "false", "remarks on what was fused and why near misses were declined">];
}

def ImmediateUpdate : FunctionPass<"cnx-immediate-update"> {
  let summary = "each result grad.<parameter> becomes a step of that parameter, in place";
  let description = [{
    In a function @train_b<N> of kernels. The arguments and results `param.<parameter>`, `moment1.<parameter>`, `moment2.<parameter>` are
    what of the flat segments belongs to the parameter; `rate.<parameter>` and `decay.<parameter>` are one number each. A kernel stands
    behind the last that reads the parameter or makes the gradient.
  }];
  let options = [Option<"optimizer", "optimizer", "std::string", "\"adamw\"", "adamw or sgd">];
}

def MarkInPlace : FunctionPass<"cnx-mark-in-place"> {
  let summary = "which kernels write a result over an operand";
}

def CheckFused : FunctionPass<"cnx-check-fused"> {
  let summary = "nothing but kernels and weight expressions is left, and state is updated in place";
}

#endif
