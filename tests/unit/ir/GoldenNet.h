// A micro ConvNeXt (depths 1,1,2,1; dims 8,16,24,32; 10 classes) built op by op, its parameters
// named as the original code names them and filled by a generator that any language can restate.
// Its logits in float64 were computed with PyTorch by the original code (facebookresearch/ConvNeXt
// 048efcea and ConvNeXt-V2 25538957).
#pragma once

#include "ir/HostTensor.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <map>
#include <string>
#include <vector>

namespace cnx::test {

// FNV-1a and splitmix64: val(name, i) in [-1, 1).
uint64_t fnv1a64(const std::string &text);
double val(const std::string &name, uint64_t i);

struct GoldenNet {
  GoldenNet(mlir::MLIRContext *context, bool v2, int64_t height, int64_t width);

  // Values of a parameter: element i is row-major in the stored shape.
  std::vector<double> values(const std::string &name) const;
  static ir::HostTensor image(int64_t height, int64_t width); // [2,3,H,W]

  mlir::OwningOpRef<mlir::ModuleOp> module;           // one function @forward_b2
  std::map<std::string, std::vector<int64_t>> shapes; // of the parameters
};

} // namespace cnx::test
