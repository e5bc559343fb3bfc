#include "tests/unit/passes/VectorNet.h"

#include "tests/support/catch.h"
#include "tests/unit/passes/DifferentiateRun.h"
#include "tests/unit/passes/RandomNet.h"

#include "mlir/Pass/PassManager.h"

#include <cstring>
#include <filesystem>

namespace cnx::test {
namespace fs = std::filesystem;

static const fs::path kVectors = CNX_VECTORS;

VectorNet::VectorNet(const std::string &name, bool train)
    : io(kVectors / (name + ".io.safetensors")) {
  auto number = [&](const char *key) { return std::stoll(io.metadata(key).value()); };
  options.image = {{number("height"), number("width")}};
  options.batches = {number("batch")};
  options.train = train;
  const fs::path folder = kVectors / name;
  model =
      loadModel(fs::is_directory(folder) ? folder : kVectors / (name + ".safetensors"), options);
  module = buildIr(context, *model, options);
  source.emplace(model->parameters);
}

void VectorNet::differentiate(const std::string &trainable, bool inputGradient) {
  PipelineOptions pipeline;
  pipeline.trainable = trainable;
  pipeline.inputGradient = inputGradient;
  pipeline.algebra = pipeline.remake = false;
  compile(IrPhase::grad, pipeline);
}

void VectorNet::compile(IrPhase phase, PipelineOptions pipeline) {
  pipeline.train = true;
  mlir::PassManager passes(&context);
  buildPipeline(passes, pipeline, phase);
  REQUIRE(mlir::succeeded(passes.run(*module)));
}

void VectorNet::compile(IrPhase phase, const std::string &trainable, bool inputGradient,
                        bool fusion) {
  PipelineOptions pipeline;
  pipeline.fusion = fusion;
  pipeline.trainable = trainable;
  pipeline.inputGradient = inputGradient;
  pipeline.algebra = true;
  compile(phase, pipeline);
}

mlir::func::FuncOp VectorNet::train() { return functionNamed(*module, "train_b"); }

mlir::func::FuncOp VectorNet::function(const std::string &name) {
  auto found = module->lookupSymbol<mlir::func::FuncOp>(name);
  INFO("@" << name);
  REQUIRE(found);
  return found;
}

ir::NamedTensors VectorNet::evaluate(const ir::NamedTensors &more) {
  ir::NamedTensors inputs{{"image", tensor("input")}};
  addLabels(inputs, labels(), model->desc.numClasses);
  inputs.insert(more.begin(), more.end());
  auto results =
      ir::evaluate(train(), inputs, [&](const std::string &name) { return source->values(name); });
  REQUIRE(mlir::succeeded(results));
  return *results;
}

ir::NamedTensors VectorNet::sums(std::optional<uint64_t> seed) {
  ir::NamedTensors found;
  for (auto &[name, tensor] : randomInputs(train(), seed.value_or(0)))
    if (name.rfind("grad.", 0) == 0)
      found[name] = seed ? tensor : ir::HostTensor(tensor.shape);
  return found;
}

ir::HostTensor VectorNet::tensor(const std::string &name) const {
  const cnx_io_tensor *found = io.find(name);
  REQUIRE(found);
  std::vector<float> values(static_cast<size_t>(elementCount(shapeOf(*found))));
  readFloats(*found, io.path(), values);
  return {shapeOf(*found), {values.begin(), values.end()}};
}

std::vector<int64_t> VectorNet::labels() const {
  const cnx_io_tensor *found = io.find("labels");
  REQUIRE(found);
  REQUIRE(found->dtype == CNX_IO_I64);
  std::vector<int64_t> values(found->bytes / sizeof(int64_t));
  std::memcpy(values.data(), found->data, found->bytes);
  return values;
}

} // namespace cnx::test
