// What one op of `plan` can check by itself and by the symbols that it names.
#include "ir/PlanOps.h"

using namespace mlir;

namespace cnx::plan {
namespace {

LogicalResult verifyShape(Operation *op, ArrayRef<int64_t> shape) {
  for (int64_t extent : shape)
    if (extent <= 0)
      return op->emitOpError() << "extents are positive, found " << extent;
  return success();
}

LogicalResult verifyOffset(Operation *op, int64_t offset, int64_t alignment = kAlignment) {
  if (offset < 0 || offset % alignment)
    return op->emitOpError() << "offset " << offset << " is not a multiple of " << alignment
                             << " bytes from 0 up";
  return success();
}

// The op that `symbol` names, of type Target; else an error that says what was expected.
template <typename Target>
Target lookUp(Operation *user, FlatSymbolRefAttr symbol, SymbolTableCollection &tables,
              StringRef expected) {
  Operation *found = tables.lookupNearestSymbolFrom(user, symbol);
  if (!found) {
    user->emitOpError() << "names @" << symbol.getValue() << ", which does not exist";
    return {};
  }
  if (auto target = dyn_cast<Target>(found))
    return target;
  auto error = user->emitOpError()
               << "names @" << symbol.getValue() << ", which is not a " << expected;
  error.attachNote(found->getLoc()) << "declared here";
  return {};
}

} // namespace

LogicalResult ParameterOp::verify() {
  if (failed(verifyShape(*this, getShape())))
    return failure();
  if (getFile().has_value() != getTensor().has_value())
    return emitOpError("has a file without a tensor, or a tensor without a file");
  return success();
}

LogicalResult SegmentOp::verify() {
  if (getBytes() < 0)
    return emitOpError() << "has " << getBytes() << " bytes";
  return success();
}

LogicalResult ConstantOp::verify() {
  if (failed(verifyOffset(*this, getOffset())) || failed(verifyShape(*this, getShape())))
    return failure();
  int64_t expected = storedBytes(getExpr());
  for (int64_t extent : getShape())
    expected *= extent;
  if (getBytes() != expected)
    return emitOpError() << "has " << getBytes() << " bytes, its shape has " << expected;
  if (getExpr().empty())
    return emitOpError("has no expression");
  return success();
}

LogicalResult ConstantOp::verifySymbolUses(SymbolTableCollection &tables) {
  auto segment = lookUp<SegmentOp>(*this, getSegmentAttr(), tables, "segment");
  if (!segment)
    return failure();
  if (segment.getKind() != SegmentKind::weights && segment.getKind() != SegmentKind::param &&
      segment.getKind() != SegmentKind::derived)
    return emitOpError() << "lies in @" << getSegment() << ", a segment of kind "
                         << stringifySegmentKind(segment.getKind())
                         << ", expected weights, param or derived";
  return success();
}

LogicalResult KernelOp::verify() {
  for (Attribute entry : getAccess()) {
    StringRef access = cast<StringAttr>(entry).getValue();
    if (access != "r" && access != "w" && access != "rw")
      return emitOpError() << "access \"" << access << "\", expected \"r\", \"w\" or \"rw\"";
  }
  if (getScalars() < 0)
    return emitOpError() << "has " << getScalars() << " scalars";
  if (getFlops() < 0 || getBytes() < 0)
    return emitOpError("flops and bytes are not negative");
  return success();
}

void ProgramOp::build(OpBuilder &builder, OperationState &state, StringRef name,
                      StringRef direction, int64_t batch) {
  Properties &properties = state.getOrAddProperties<Properties>();
  properties.sym_name = builder.getStringAttr(name);
  properties.direction = builder.getStringAttr(direction);
  properties.batch = builder.getI64IntegerAttr(batch);
  state.addRegion()->emplaceBlock();
}

LogicalResult ProgramOp::verify() {
  if (getBatch() < 0)
    return emitOpError() << "batch " << getBatch() << ", expected at least 1, or 0 for none";
  if (getDirection().empty())
    return emitOpError("has no direction");
  for (Operation &op : getBody().front())
    if (!isa<SectionOp, ViewOp, AllocOp, LaunchOp>(op))
      return op.emitOpError("stands in a program, which holds sections, views, allocations and "
                            "launches");
  return success();
}

LogicalResult ViewOp::verify() {
  auto type = cast<BufferType>(getType());
  return verifyOffset(*this, getOffset(), type.isEntry() ? type.byteSize() : kAlignment);
}

LogicalResult ViewOp::verifySymbolUses(SymbolTableCollection &tables) {
  return success(lookUp<SegmentOp>(*this, getSegmentAttr(), tables, "segment") != nullptr);
}

void ViewOp::getAsmResultNames(function_ref<void(Value, StringRef)> setName) {
  setName(getBuffer(), (getSegment() + "_" + Twine(getOffset())).str());
}

void AllocOp::getAsmResultNames(function_ref<void(Value, StringRef)> setName) {
  setName(getBuffer(), "buffer");
}

LogicalResult LaunchOp::verify() {
  if (getId() < 0)
    return emitOpError() << "id " << getId() << " is negative";
  return success();
}

LogicalResult LaunchOp::verifySymbolUses(SymbolTableCollection &tables) {
  auto kernel = lookUp<KernelOp>(*this, getKernelAttr(), tables, "kernel");
  if (!kernel)
    return failure();
  auto mismatch = [&](StringRef what, size_t found, size_t expected) {
    auto error = emitOpError() << "passes " << found << " " << what << " to @" << getKernel()
                               << ", which takes " << expected;
    error.attachNote(kernel.getLoc()) << "kernel declared here";
    return error;
  };
  if (getBuffers().size() != kernel.getAccess().size())
    return mismatch("buffers", getBuffers().size(), kernel.getAccess().size());
  if (static_cast<int64_t>(getScalars().size()) != kernel.getScalars())
    return mismatch("scalars", getScalars().size(), kernel.getScalars());
  return success();
}

} // namespace cnx::plan
