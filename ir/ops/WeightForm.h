// A weight or its gradient as outputs, inputs and taps, packed or not: what arithmetic on weights
// has in common.
#pragma once

#include "ir/ops/Check.h"

namespace cnx::ir {

struct WeightForm {
  bool packed = false;
  int64_t outputs = 0, channels = 0, taps = 0; // outputs with the padding where packed

  // Where weight[n,c,t] stands.
  int64_t at(int64_t n, int64_t c, int64_t t) const {
    return packed ? ((n / kPanelWidth * taps + t) * channels + c) * kPanelWidth + n % kPanelWidth
                  : (n * channels + c) * taps + t;
  }

  // Calls function(n, c, t, index) for every weight.
  template <typename Function> void each(const Function &function) const {
    for (int64_t n = 0; n < outputs; ++n)
      for (int64_t c = 0; c < channels; ++c)
        for (int64_t t = 0; t < taps; ++t)
          function(n, c, t, at(n, c, t));
  }
};

// Of a tensor whose shape has been checked.
inline WeightForm weightForm(llvm::ArrayRef<int64_t> shape, int64_t channels) {
  if (shape.size() == 3)
    return {true, shape[0] * kPanelWidth, channels, shape[1] / channels};
  return {false, shape[0], channels, shape.size() == 4 ? shape[2] * shape[3] : 1};
}

// [N,K], [Co,Ci,k,k] or panels with so many input channels; null where it is not.
inline mlir::RankedTensorType matrix(const Check &check, mlir::Value value, int64_t channels,
                                     llvm::StringRef what) {
  auto type = check.tensor(value, what);
  if (!type)
    return {};
  if (channels < 1) {
    (void)check.fail("channels is ", channels, ", expected at least 1");
    return {};
  }
  llvm::ArrayRef<int64_t> s = type.getShape();
  const bool plain = (s.size() == 2 || s.size() == 4) && s[1] == channels;
  if (plain || (s.size() == 3 && s[1] % channels == 0 && s[2] == kPanelWidth))
    return type;
  (void)check.fail(what, " has shape ", Check::text(type), ", expected [N,", channels, "], [N,",
                   channels, ",k,k] or panels of either");
  return {};
}

// The same where the number of channels does not matter.
inline mlir::RankedTensorType matrix(const Check &check, mlir::Value value, llvm::StringRef what) {
  auto type = check.tensor(value, what);
  if (!type || type.getRank() == 2 || type.getRank() == 4 ||
      (type.getRank() == 3 && type.getDimSize(2) == kPanelWidth))
    return type;
  (void)check.fail(what, " has shape ", Check::text(type),
                   ", expected [N,K], [N,K,k,k] or panels of either");
  return {};
}

// One number an input channel, in the weight's form.
inline mlir::RankedTensorType channelVector(mlir::RankedTensorType weight, int64_t channels) {
  return channelSums(weight.getContext(), channels, weight.getRank() == 3);
}

} // namespace cnx::ir
