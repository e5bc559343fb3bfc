#include "ir/ops/Check.h"

using namespace mlir;

namespace cnx::ir {

LogicalResult WeightOp::verify() {
  if (getFile().has_value() != getTensor().has_value())
    return emitOpError("has a file without a tensor, or a tensor without a file");
  for (int64_t extent : getType().getShape())
    if (extent <= 0)
      return emitOpError() << "extents are positive, found " << extent;
  return success();
}

} // namespace cnx::ir
