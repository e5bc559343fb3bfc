// Where trained parameters live: packed as kernels read them, one behind the other in a flat
// segment. The segments of parameters, gradients, moments and averages share this layout, so that
// an update is elementwise over whole segments.
#pragma once

#include "ir/CnxOps.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace cnx::ir {

// Elements that an update looks up one rate and one decay for. A tensor begins at a multiple of
// them, and zeros fill what is left of its last block.
inline constexpr int64_t kUpdateBlock = 256;
// Numbers of one step that an update is given.
inline constexpr int64_t kScalars = 16;

enum class PackedForm { vector, panels, taps }; // pad_vector, pack_panels, pack_taps

struct TrainedTensor {
  WeightOp weight;
  PackedForm form;
  llvm::SmallVector<int64_t> shape; // packed
  int64_t offset = 0, bytes = 0;    // in a flat segment; float32, dense
};

// By the parameter's own shape: vectors, matrices and patch convolutions, depthwise convolutions
// [C,1,k,k] with odd k.
PackedForm packedForm(llvm::ArrayRef<int64_t> shape);
llvm::SmallVector<int64_t> packedShape(llvm::ArrayRef<int64_t> shape);
llvm::StringRef packingOp(PackedForm form); // mnemonic of the weight expression: "pack_panels"

bool isTraining(mlir::func::FuncOp function); // is called @train_b<N>
// Whether gradients are wanted: the module has such a function.
bool isTraining(mlir::ModuleOp module);
// The parameters of a training module that are not frozen, in the module's order; else none.
llvm::SmallVector<TrainedTensor> trainedLayout(mlir::ModuleOp module);
// Elements of a flat segment, a multiple of kUpdateBlock.
int64_t flatElements(llvm::ArrayRef<TrainedTensor> layout);

} // namespace cnx::ir
