// The dialect `plan`: bytes.
#ifndef CNX_PLAN_DIALECT_TD
#define CNX_PLAN_DIALECT_TD

include "ir/Initialiser.td"
include "ir/SegmentKind.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/OpBase.td"

def Plan_Dialect : Dialect {
  let name = "plan";
  let cppNamespace = "::cnx::plan";
  let summary = "a ConvNeXt as bytes: segments, kernels, launches in order";
  let description = [{
    No tensors. A program is a straight line of launches over typed windows of segments. Activations inside the network have a
    channel pitch that is a multiple of 16 and start at multiples of 64 bytes; buffers of segments of kind `io` are the
    caller's and dense. A location's name is the layer's path.
  }];
  let useDefaultAttributePrinterParser = 1;
  let useDefaultTypePrinterParser = 1;
}

def Plan_InitAttr : EnumAttr<Plan_Dialect, Cnx_Initialiser, "init"> {
  let constBuilderCall = "::cnx::plan::InitialiserAttr::get($_builder.getContext(), $0)";
}

def Plan_SegmentKindAttr : EnumAttr<Plan_Dialect, Plan_SegmentKind, "kind">;

def Plan_Buffer : TypeDef<Plan_Dialect, "Buffer"> {
  let mnemonic = "buffer";
  let summary = "a window of memory with a shape: `!plan.buffer<1x56x56x96xf32, pitch = 96>`";
  let description = [{
    `pitch` is the number of elements from one innermost row to the next. It is printed only where it differs from the innermost
    extent, that is, where the buffer is not dense. bytes = prod(shape[:-1]) * pitch * size of an element.
  }];
  let parameters = (ins ArrayRefParameter<"int64_t">:$shape, "::mlir::Type":$element, "int64_t":$pitch);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let builders = [TypeBuilderWithInferredContext<(ins "::llvm::ArrayRef<int64_t>":$shape, "::mlir::Type":$element,
                                                     "int64_t":$pitch), [{
    return $_get(element.getContext(), shape, element, pitch);
  }]>];
  let extraClassDeclaration = [{
    int64_t elementBytes() const;
    int64_t byteSize() const;
    bool isDense() const { return getPitch() == getShape().back(); }
    bool isEntry() const { return getShape() == ::llvm::ArrayRef<int64_t>{1}; } // one number, of a table
  }];
}

#endif
