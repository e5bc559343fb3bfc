// What an op says about itself beside its types.
#ifndef CNX_INTERFACES_TD
#define CNX_INTERFACES_TD

include "mlir/IR/OpBase.td"

def EvaluateOpInterface : OpInterface<"EvaluateOpInterface"> {
  let cppNamespace = "::cnx::ir";
  let description = [{
    The op's meaning in double precision, by naive loops that restate its formula. It judges the compiled kernels, so it is
    written to be read and shares no code with them.
  }];
  let methods = [InterfaceMethod<
      "Values of the results, in order, from those of the operands that are present. Types have been verified.",
      "std::vector<::cnx::ir::HostTensor>", "evaluate",
      (ins "::llvm::ArrayRef<const ::cnx::ir::HostTensor *>":$operands)>];
}

def CostOpInterface : OpInterface<"CostOpInterface"> {
  let cppNamespace = "::cnx::ir";
  let description = [{
    Work and traffic of the op alone. A multiplication and an addition are one flop each, so is a square root, a division, an
    exponential or an erf.
  }];
  let methods = [
    InterfaceMethod<"Floating-point operations.", "int64_t", "getFlops", (ins)>,
    InterfaceMethod<"Bytes of all operands and results, each touched once, channels not padded.", "int64_t", "getBytes", (ins), "",
        "return ::cnx::ir::touchedBytes($_op.getOperation());">];
}

def AdjointOpInterface : OpInterface<"AdjointOpInterface"> {
  let cppNamespace = "::cnx::ir";
  let description = [{
    The op's derivative, as ordinary ops. An op of the dialect has either this or the trait `NoAdjoint`.
  }];
  let methods = [InterfaceMethod<[{
      Emits, at `backwardLocation` of the op's own, what leads from the cotangents of the results to those of the operands.
      `cotangents` has one value a result, null where nothing depends on it; `gradients` one null value an operand on entry, and
      on return a value of the operand's type for each that is `wanted`. Only those are computed. Fails, with a message, where there
      is no derivative.
    }],
    "::llvm::LogicalResult", "buildAdjoint",
    (ins "::mlir::OpBuilder &":$builder, "::llvm::ArrayRef<::mlir::Value>":$cotangents,
         "const ::llvm::BitVector &":$wanted, "::llvm::MutableArrayRef<::mlir::Value>":$gradients)>];
}

#endif
