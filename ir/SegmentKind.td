// What the regions of memory of a plan hold.
#ifndef CNX_SEGMENT_KIND_TD
#define CNX_SEGMENT_KIND_TD

include "mlir/IR/EnumAttr.td"

def Plan_SegmentKind : I32Enum<"SegmentKind", "what a segment holds", [
    I32EnumCase<"weights", 0>, I32EnumCase<"param", 1>, I32EnumCase<"grad", 2>, I32EnumCase<"opt", 3>,
    I32EnumCase<"arena", 4>, I32EnumCase<"io", 5>, I32EnumCase<"derived", 6>]> {
  let cppNamespace = "::cnx::plan";
}

#endif
