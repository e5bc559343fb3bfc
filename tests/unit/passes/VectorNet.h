// A case of tests/vectors: a framework's checkpoint, one input, and what the framework computed.
#pragma once

#include "compiler/frontend/BuildIr.h"
#include "compiler/passes/Pipeline.h"
#include "compiler/weights/SafetensorsFile.h"
#include "compiler/weights/WeightSource.h"
#include "ir/CnxOps.h"
#include "ir/Reference.h"

#include "mlir/IR/OwningOpRef.h"

#include <optional>

namespace cnx::test {

class VectorNet {
public:
  explicit VectorNet(const std::string &name, bool train = true);

  // Up to the plain derivative: without training algebra and save policy.
  void differentiate(const std::string &trainable = "", bool inputGradient = false);
  // The pipeline up to `phase`, with training; @train_b<N> is there afterwards.
  void compile(IrPhase phase, PipelineOptions options);
  void compile(IrPhase phase, const std::string &trainable = "", bool inputGradient = false,
               bool fusion = true);

  mlir::func::FuncOp train();
  mlir::func::FuncOp function(const std::string &name); // fails the test where there is none

  // @train_b<N> of the case's image and labels; `more` has the other arguments.
  ir::NamedTensors evaluate(const ir::NamedTensors &more = {});
  // An argument of @train_b<N> a gradient that accumulates: zeros, or noise of a seed.
  ir::NamedTensors sums(std::optional<uint64_t> seed = {});

  ir::HostTensor tensor(const std::string &name) const; // of the case's file
  std::vector<int64_t> labels() const;

  mlir::MLIRContext context{mlir::MLIRContext::Threading::DISABLED};
  SafetensorsFile io;
  ModelOptions options;
  std::optional<Model> model;
  mlir::OwningOpRef<mlir::ModuleOp> module;

private:
  std::optional<WeightSource> source;
};

} // namespace cnx::test
