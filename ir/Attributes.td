// Attribute constraints that both dialects use: numbers whose accessors and builders speak plain C++.
#ifndef CNX_ATTRIBUTES_TD
#define CNX_ATTRIBUTES_TD

include "mlir/IR/CommonAttrConstraints.td"

def Cnx_Int : TypedSignlessIntegerAttrBase<I64, "int64_t", "integer">;

def Cnx_Double : FloatAttrBase<F64, "number"> {
  let returnType = "double";
  let convertFromStorage = "$_self.getValueAsDouble()";
  let constBuilderCall = "$_builder.getF64FloatAttr($0)";
}

#endif
