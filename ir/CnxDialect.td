// The dialect `cnx`: maths on tensors.
#ifndef CNX_DIALECT_TD
#define CNX_DIALECT_TD

include "mlir/IR/OpBase.td"
include "ir/Initialiser.td"

def Cnx_Dialect : Dialect {
  let name = "cnx";
  let cppNamespace = "::cnx::ir";
  let summary = "a ConvNeXt as maths: SSA values, static shapes, channels last";
  let description = [{
    Values are ranked tensors of static shape. Activations are `[N, H, W, C]`, or `[N, C]` after the pool, and float32; only
    an image may be `ui8`. Weights are module-level symbols in PyTorch's order, or the packed forms that the layout pass
    makes of them.

    Every op's location is a `NameLoc` whose name is the layer's path (`stages.2.blocks.5.conv_dw`).

    The module carries `cnx.name`, the model's name as a C identifier, and `cnx.info`, a JSON text (labels, pre-processing,
    description) that no phase reads before the last. Arguments and results of a function carry `cnx.name`.
  }];
  let useDefaultAttributePrinterParser = 1;
  let hasOperationAttrVerify = 1;
  let hasRegionArgAttrVerify = 1;
  let hasRegionResultAttrVerify = 1;
}

def Cnx_InitAttr : EnumAttr<Cnx_Dialect, Cnx_Initialiser, "init"> {
  let constBuilderCall = "::cnx::ir::InitialiserAttr::get($_builder.getContext(), $0)";
}

#endif
