// The type !plan.buffer.
#include "ir/PlanDialect.h"

#include "mlir/IR/DialectImplementation.h"

using namespace mlir;

namespace cnx::plan {

int64_t BufferType::elementBytes() const { return getElement().getIntOrFloatBitWidth() / 8; }

int64_t BufferType::byteSize() const {
  int64_t elements = getPitch();
  for (int64_t extent : getShape().drop_back())
    elements *= extent;
  return elements * elementBytes();
}

LogicalResult BufferType::verify(function_ref<InFlightDiagnostic()> emitError,
                                 ArrayRef<int64_t> shape, Type element, int64_t pitch) {
  if (shape.empty())
    return emitError() << "a buffer has at least one axis";
  for (int64_t extent : shape)
    if (extent <= 0)
      return emitError() << "a buffer's extents are positive, found " << extent;
  if (!element.isF32() && !element.isBF16() && !element.isUnsignedInteger(8))
    return emitError() << "a buffer holds f32, bf16 or ui8, found " << element;
  if (pitch < shape.back())
    return emitError() << "pitch " << pitch << " is less than the innermost extent "
                       << shape.back();
  return success();
}

Type BufferType::parse(AsmParser &parser) {
  SmallVector<int64_t> shape;
  Type element;
  if (parser.parseLess() || parser.parseDimensionList(shape, /*allowDynamic=*/false) ||
      parser.parseType(element))
    return {};
  if (shape.empty()) {
    parser.emitError(parser.getCurrentLocation(), "a buffer has at least one axis");
    return {};
  }
  int64_t pitch = shape.back();
  if (succeeded(parser.parseOptionalComma()))
    if (parser.parseKeyword("pitch") || parser.parseEqual() || parser.parseInteger(pitch))
      return {};
  SMLoc end = parser.getCurrentLocation();
  if (parser.parseGreater())
    return {};
  return getChecked([&] { return parser.emitError(end); }, parser.getContext(),
                    ArrayRef<int64_t>(shape), element, pitch);
}

void BufferType::print(AsmPrinter &printer) const {
  printer << "<";
  for (int64_t extent : getShape())
    printer << extent << "x";
  printer << getElement();
  if (!isDense())
    printer << ", pitch = " << getPitch();
  printer << ">";
}

} // namespace cnx::plan
