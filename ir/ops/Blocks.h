// What the ops of the update share: the shapes of flat segments, and the numbers of one step.
#pragma once

#include "ir/TrainedLayout.h"
#include "ir/ops/Check.h"

namespace cnx::ir {

// The places of `scalars`.
enum Scalar : int64_t {
  kGradientFactor,
  kRate,
  kDecay,
  kOneMinusBeta1,
  kBeta2,
  kOneMinusBeta2,
  kEps,
  kBias1,     // 1 - beta1^t
  kRootBias2, // sqrt(1 - beta2^t)
  kMomentum,
  kOneMinusAverage
};

// `rate` or `decay` of a step over tensors of the type: a number a block of [blocks,numbers], or
// one for a whole parameter, whatever its shape.
inline mlir::LogicalResult checkTable(const Check &check, mlir::Value table,
                                      mlir::RankedTensorType param, llvm::StringRef what) {
  auto type = check.tensor(table, what);
  if (!type || type.getShape() == llvm::ArrayRef<int64_t>{1})
    return mlir::success(bool(type));
  if (param.getRank() == 2)
    return check.shape(type, {param.getDimSize(0)}, what);
  return check.shape(type, {1}, what);
}

// The entry of such a table for the element `i` of a tensor.
inline double entryFor(const HostTensor &table, const HostTensor &tensor, int64_t i) {
  return table[i / (tensor.size() / table.size())];
}

// The type of a segment: blocks of equal length.
inline mlir::RankedTensorType blocks(const Check &check, mlir::Value value, llvm::StringRef what) {
  auto type = check.tensor(value, what);
  if (!type || type.getRank() == 2)
    return type;
  (void)check.fail(what, " has shape ", Check::text(type), ", expected [blocks,numbers]");
  return {};
}

// The value has exactly this shape.
inline mlir::LogicalResult sameShape(const Check &check, mlir::Value value,
                                     llvm::ArrayRef<int64_t> shape, llvm::StringRef what) {
  auto type = check.tensor(value, what);
  return mlir::success(type && mlir::succeeded(check.shape(type, shape, what)));
}

inline mlir::LogicalResult checkScalars(const Check &check, mlir::Value scalars) {
  return sameShape(check, scalars, {kScalars}, "scalars");
}

} // namespace cnx::ir
