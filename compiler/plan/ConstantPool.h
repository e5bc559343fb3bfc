// The packed weights of a plan: each weight expression once, 64-byte aligned, in the order of first
// use.
#pragma once

#include "ir/CnxOps.h"
#include "ir/PlanOps.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

#include <string>

namespace cnx {

// The expression that a weight-only op computes: `pack_panels(fold_in(@fc1.weight, @norm.weight))`,
// in the grammar of compiler/weights/WeightExpr.h. Numbers keep every bit.
std::string weightExpression(mlir::Operation *op);
std::string parameterLeaf(llvm::StringRef name); // `@norm.weight`

class ConstantPool {
public:
  // Adds plan.constant ops with `builder`, into the segment of this name.
  ConstantPool(mlir::OpBuilder &ops, llvm::StringRef segmentName)
      : builder(ops), segment(segmentName) {}

  // The constant that holds the value of a weight-only op; a new one where its expression is new.
  plan::ConstantOp get(mlir::Value weight);
  // Keeps a parameter as it is in the checkpoint, whether a kernel reads it or not.
  void keep(ir::WeightOp weight);
  int64_t bytes() const { return end; } // so far, a multiple of the alignment

private:
  plan::ConstantOp add(llvm::StringRef expression, llvm::StringRef stem,
                       llvm::ArrayRef<int64_t> shape, mlir::Location layer);

  mlir::OpBuilder &builder;
  std::string segment;
  int64_t end = 0;
  llvm::StringMap<plan::ConstantOp> byExpression;
  llvm::StringSet<> names;
};

} // namespace cnx
