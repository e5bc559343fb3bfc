// Checks of an op's operands in words of the one who wrote the model. Each op's type inference is
// made of them, and inference is the verifier: the same text appears when IR is parsed, built or
// verified.
#pragma once

#include "ir/CnxOps.h"
#include "ir/Panels.h"

#include "mlir/IR/Location.h"
#include "llvm/Support/FormatVariadic.h"

namespace cnx::ir {

class Check {
public:
  // `op` is the mnemonic, which begins every message.
  Check(std::optional<mlir::Location> at, llvm::StringRef mnemonic) : location(at), op(mnemonic) {}

  template <typename... Args> mlir::LogicalResult fail(Args &&...args) const {
    return mlir::emitOptionalError(location, op, ": ", std::forward<Args>(args)...);
  }

  // The type if it is a ranked float32 tensor of static, positive extents; else reports and returns
  // null. With `bytes` ui8 will do too.
  mlir::RankedTensorType tensor(mlir::Value value, llvm::StringRef what, bool bytes = false) const {
    auto type = mlir::dyn_cast<mlir::RankedTensorType>(value.getType());
    bool fits =
        type && type.hasStaticShape() && type.getRank() > 0 &&
        (type.getElementType().isF32() || (bytes && type.getElementType().isUnsignedInteger(8)));
    if (fits && llvm::all_of(type.getShape(), [](int64_t extent) { return extent > 0; }))
      return type;
    (void)fail(what, " is ", value.getType(),
               ", expected a tensor of static, positive extents of f32", bytes ? " or ui8" : "");
    return {};
  }

  // A matrix: float32, or panels that have been rounded to bfloat16.
  mlir::RankedTensorType matrix(mlir::Value value, llvm::StringRef what) const {
    auto type = mlir::dyn_cast<mlir::RankedTensorType>(value.getType());
    const bool rounded = type && type.getElementType().isBF16() && type.hasStaticShape();
    return rounded && type.getRank() == 3 ? type : tensor(value, what);
  }

  // [N,H,W,C]
  mlir::RankedTensorType map(mlir::Value value, llvm::StringRef what, bool bytes = false) const {
    auto type = tensor(value, what, bytes);
    if (!type || type.getRank() == 4)
      return type;
    (void)fail(what, " has shape ", text(type), ", expected [N,H,W,C]");
    return {};
  }

  // [N,H,W,C] or [N,C]
  mlir::RankedTensorType activation(mlir::Value value, llvm::StringRef what) const {
    auto type = tensor(value, what);
    if (!type || type.getRank() == 4 || type.getRank() == 2)
      return type;
    (void)fail(what, " has shape ", text(type), ", expected [N,H,W,C] or [N,C]");
    return {};
  }

  // [n], or [n rounded up to 16] after the layout pass. A null value is an absent operand and
  // passes.
  mlir::LogicalResult vector(mlir::Value value, int64_t n, llvm::StringRef what) const {
    if (!value)
      return mlir::success();
    auto type = tensor(value, what);
    if (!type)
      return mlir::failure();
    if (type.getRank() == 1 && (type.getDimSize(0) == n || type.getDimSize(0) == padToPanel(n)))
      return mlir::success();
    return fail(what, " has shape ", text(type), ", expected ", n, " values", padded(n));
  }

  // The value has exactly this shape.
  mlir::LogicalResult shape(mlir::RankedTensorType type, llvm::ArrayRef<int64_t> expected,
                            llvm::StringRef what) const {
    if (type.getShape() == expected)
      return mlir::success();
    return fail(what, " has shape ", text(type), ", expected ", text(expected));
  }

  mlir::LogicalResult positive(double value, llvm::StringRef what) const {
    if (value > 0)
      return mlir::success();
    return fail(what, " is ", llvm::formatv("{0}", value).str(), ", expected more than 0");
  }

  static std::string text(llvm::ArrayRef<int64_t> extents) {
    std::string out = "[";
    for (int64_t extent : extents)
      out.append(out.size() > 1 ? "," : "").append(std::to_string(extent));
    return out.append("]");
  }
  static std::string text(mlir::RankedTensorType type) { return text(type.getShape()); }

private:
  static std::string padded(int64_t n) {
    return padToPanel(n) == n ? "" : llvm::formatv(" or {0} with padding", padToPanel(n)).str();
  }

  std::optional<mlir::Location> location;
  llvm::StringRef op;
};

// Zeros of the type's shape.
inline HostTensor zeros(mlir::RankedTensorType type) {
  return HostTensor({type.getShape().begin(), type.getShape().end()});
}

// A float32 tensor type.
inline mlir::RankedTensorType floats(mlir::MLIRContext *context, llvm::ArrayRef<int64_t> shape) {
  return mlir::RankedTensorType::get(shape, mlir::Float32Type::get(context));
}

// Panels of a matrix of `rows` outputs.
inline mlir::RankedTensorType panelsType(mlir::MLIRContext *context, int64_t rows, int64_t inner) {
  return floats(context, {panels(rows), inner, kPanelWidth});
}

// One number a channel, padded where packed.
inline mlir::RankedTensorType channelSums(mlir::MLIRContext *context, int64_t channels,
                                          bool packed) {
  return floats(context, {packed ? padToPanel(channels) : channels});
}

} // namespace cnx::ir
