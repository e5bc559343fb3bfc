#include "ir/ops/Check.h"

using namespace mlir;

namespace cnx::ir {

LogicalResult NormalizeInputOp::inferReturnTypes(MLIRContext *context,
                                                 std::optional<Location> location, Adaptor adaptor,
                                                 SmallVectorImpl<Type> &types) {
  Check check(location, "normalize_input");
  auto input = check.map(adaptor.getInput(), "input", /*bytes=*/true);
  if (!input)
    return failure();
  int64_t channels = input.getShape().back();
  auto count = [&](ArrayRef<double> values, StringRef what) -> LogicalResult {
    if (static_cast<int64_t>(values.size()) == channels)
      return success();
    return check.fail(what, " has ", values.size(), " values, the input has ", channels,
                      " channels");
  };
  if (failed(count(adaptor.getMean(), "mean")) || failed(count(adaptor.getStd(), "std")))
    return failure();
  for (double deviation : adaptor.getStd())
    if (failed(check.positive(deviation, "std")))
      return failure();
  types.push_back(floats(context, input.getShape()));
  return success();
}

std::vector<HostTensor> NormalizeInputOp::evaluate(ArrayRef<const HostTensor *> operands) {
  HostTensor y = *operands[0];
  int64_t channels = y.channels();
  for (int64_t r = 0; r < y.rows(); ++r)
    for (int64_t c = 0; c < channels; ++c)
      y[r * channels + c] = (y[r * channels + c] - getMean()[c]) / getStd()[c];
  return {y};
}

int64_t NormalizeInputOp::getFlops() { return 2 * getType().getNumElements(); }

LogicalResult NormalizeInputOp::buildAdjoint(OpBuilder &builder, ArrayRef<Value> cotangents,
                                             const llvm::BitVector &wanted,
                                             MutableArrayRef<Value> gradients) {
  if (!wanted[0])
    return success();
  Location loc = backwardLocation(getLoc());
  SmallVector<double> gains;
  for (double deviation : getStd())
    gains.push_back(1 / deviation);
  Value gain = ConstantOp::create(builder, loc, gains);
  gradients[0] = ScaleOp::create(builder, loc, cotangents[0], gain);
  return success();
}

} // namespace cnx::ir
