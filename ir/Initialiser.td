// The initialisers of a parameter, shared by both dialects. Names and values are those of cnx::Parameter::Init.
#ifndef CNX_INITIALISER_TD
#define CNX_INITIALISER_TD

include "mlir/IR/EnumAttr.td"

def Cnx_Initialiser : I32Enum<"Initialiser", "how a parameter without a file is filled", [
    I32EnumCase<"zeros", 0>,
    I32EnumCase<"ones", 1>,
    I32EnumCase<"truncatedNormal", 2, "trunc_normal">,
    I32EnumCase<"constant", 3>]> {
  let cppNamespace = "::cnx";
}

#endif
