#include "ir/TrainedLayout.h"

#include "ir/Panels.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace cnx::ir {

static constexpr int64_t kFloatBytes = 4;

PackedForm packedForm(ArrayRef<int64_t> shape) {
  if (shape.size() < 2)
    return PackedForm::vector;
  const bool depthwise = shape.size() == 4 && shape[1] == 1 && shape[3] % 2 == 1;
  return depthwise ? PackedForm::taps : PackedForm::panels;
}

SmallVector<int64_t> packedShape(ArrayRef<int64_t> shape) {
  switch (packedForm(shape)) {
  case PackedForm::vector:
    return {padToPanel(shape[0])};
  case PackedForm::taps:
    return {shape[2], shape[3], padToPanel(shape[0])};
  case PackedForm::panels:
    break;
  }
  int64_t inner = 1;
  for (int64_t extent : shape.drop_front())
    inner *= extent;
  return {panels(shape[0]), inner, kPanelWidth};
}

StringRef packingOp(PackedForm form) {
  switch (form) {
  case PackedForm::vector:
    return PadVectorOp::getOperationName().split('.').second;
  case PackedForm::panels:
    return PackPanelsOp::getOperationName().split('.').second;
  case PackedForm::taps:
    return PackTapsOp::getOperationName().split('.').second;
  }
  return {};
}

bool isTraining(func::FuncOp function) { return function.getName().starts_with("train_b"); }

bool isTraining(ModuleOp module) {
  return llvm::any_of(module.getOps<func::FuncOp>(),
                      [](func::FuncOp function) { return isTraining(function); });
}

SmallVector<TrainedTensor> trainedLayout(ModuleOp module) {
  SmallVector<TrainedTensor> layout;
  if (!isTraining(module))
    return layout;
  int64_t end = 0;
  for (auto weight : module.getOps<WeightOp>()) {
    if (weight.getFrozen())
      continue;
    const ArrayRef<int64_t> shape = weight.getType().getShape();
    TrainedTensor tensor{weight, packedForm(shape), packedShape(shape), end, kFloatBytes};
    for (int64_t extent : tensor.shape)
      tensor.bytes *= extent;
    end += llvm::alignTo(tensor.bytes, kUpdateBlock * kFloatBytes);
    layout.push_back(std::move(tensor));
  }
  return layout;
}

int64_t flatElements(ArrayRef<TrainedTensor> layout) {
  if (layout.empty())
    return 0;
  const int64_t end = layout.back().offset + layout.back().bytes;
  return int64_t(llvm::alignTo(end, kUpdateBlock * kFloatBytes)) / kFloatBytes;
}

} // namespace cnx::ir
