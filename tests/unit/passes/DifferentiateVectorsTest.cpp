// Checkpoints of the frameworks, loaded, built, differentiated and evaluated, against the gradients
// that the frameworks computed from them. And what freezing takes away.
#include "compiler/frontend/BuildIr.h"
#include "compiler/passes/Pipeline.h"
#include "compiler/weights/SafetensorsFile.h"
#include "compiler/weights/WeightSource.h"
#include "ir/CnxOps.h"
#include "ir/Layer.h"
#include "tests/support/catch.h"
#include "tests/unit/passes/DifferentiateRun.h"

#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <optional>
#include <set>

using namespace cnx;
using namespace cnx::test;
namespace fs = std::filesystem;

namespace {

const fs::path kVectors = CNX_VECTORS;

// One case of tests/vectors.
class VectorNet {
public:
  explicit VectorNet(const std::string &name, bool train = true)
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

  // The pipeline up to `phase`; @train_b<N> is there afterwards.
  void compile(IrPhase phase, const std::string &trainable = "", bool inputGradient = false,
               bool fusion = true) {
    PipelineOptions pipeline;
    pipeline.fusion = fusion;
    pipeline.train = true;
    pipeline.trainable = trainable;
    pipeline.inputGradient = inputGradient;
    mlir::PassManager passes(&context);
    buildPipeline(passes, pipeline, phase);
    REQUIRE(mlir::succeeded(passes.run(*module)));
  }

  mlir::func::FuncOp train() { return functionNamed(*module, "train_b"); }

  ir::NamedTensors evaluate() {
    ir::NamedTensors inputs{{"image", tensor("input")}};
    addLabels(inputs, labels(), model->desc.numClasses);
    auto results = ir::evaluate(train(), inputs,
                                [&](const std::string &name) { return source->values(name); });
    REQUIRE(mlir::succeeded(results));
    return *results;
  }

  ir::HostTensor tensor(const std::string &name) const {
    const cnx_io_tensor *found = io.find(name);
    REQUIRE(found);
    std::vector<float> values(static_cast<size_t>(elementCount(shapeOf(*found))));
    readFloats(*found, io.path(), values);
    return {shapeOf(*found), {values.begin(), values.end()}};
  }

  std::vector<int64_t> labels() const {
    const cnx_io_tensor *found = io.find("labels");
    REQUIRE(found);
    REQUIRE(found->dtype == CNX_IO_I64);
    std::vector<int64_t> values(found->bytes / sizeof(int64_t));
    std::memcpy(values.data(), found->data, found->bytes);
    return values;
  }

  mlir::MLIRContext context{mlir::MLIRContext::Threading::DISABLED};
  SafetensorsFile io;
  ModelOptions options;
  std::optional<Model> model;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::optional<WeightSource> source;
};

// The frameworks computed in float32, at most 4e-6 from double.
constexpr double kTolerance = 2e-5;

std::multiset<std::string> counted(const std::vector<std::string> &ops) {
  return {ops.begin(), ops.end()};
}

} // namespace

TEST_CASE("losses and gradients of the committed checkpoints") {
  auto name = GENERATE(as<std::string>{}, "timm_v1", "timm_v1_wide", "timm_conv_mlp", "timm_hnf",
                       "timm_mlp_head", "timm_v2", "timm_v2_conv_mlp", "torchvision_v1", "hf_v1",
                       "hf_v2", "hf_small", "fair_v1", "fair_v2", "lucid_v1");
  INFO(name);
  VectorNet net(name);
  const bool inputGradient = net.io.find("grad_input") != nullptr;
  net.compile(IrPhase::grad, "", inputGradient);
  REQUIRE(mlir::succeeded(mlir::verify(*net.module)));
  const ir::NamedTensors results = net.evaluate();
  CHECK(results.at("loss")[0] == Approx(net.tensor("loss")[0]).epsilon(2e-6));
  size_t gradients = 0;
  for (const cnx_io_tensor &tensor : net.io.tensors()) {
    const std::string result = tensor.name;
    if (result.rfind("grad", 0) != 0)
      continue;
    INFO(result);
    REQUIRE(results.count(result) == 1);
    const ir::HostTensor expected = net.tensor(result);
    CHECK(norm(expected) > 0);
    CHECK(normOfDifference(results.at(result), expected) < kTolerance * norm(expected));
    ++gradients;
  }
  CHECK(gradients == net.model->parameters.size() + (inputGradient ? 1 : 0));
  CHECK(results.size() == gradients + 2);
}

TEST_CASE("every gradient has its parameter's shape, and results stand in the checkpoint's order") {
  VectorNet net("timm_v2");
  net.compile(IrPhase::grad, "", true);
  mlir::func::FuncOp train = net.train();
  std::vector<std::string> expected{"loss", "logits"}, found;
  for (auto weight : net.module->getOps<ir::WeightOp>())
    expected.push_back(("grad." + weight.getSymName()).str());
  expected.push_back("grad_input");
  for (unsigned i = 0; i < train.getNumResults(); ++i) {
    found.push_back(train.getResultAttrOfType<mlir::StringAttr>(i, ir::kNameAttr).str());
    if (auto weight = net.module->lookupSymbol<ir::WeightOp>(
            llvm::StringRef(found.back()).drop_front(found.back().find('.') + 1)))
      CHECK(train.getResultTypes()[i] == weight.getType());
  }
  CHECK(found == expected);
  CHECK(train.getResultTypes().back() == train.getArgumentTypes().front());
}

TEST_CASE("only what leads to something trained is differentiated") {
  struct Frozen {
    const char *net, *trainable;
    size_t gradients;
    std::multiset<std::string> ops; // all that backward does
  };
  const Frozen cases[] = {
      {"timm_v1", "^head\\.fc\\.", 2, {"linear_grad_weight", "sum_rows"}},
      {"timm_v2", "^head\\.fc\\.bias$", 1, {"sum_rows"}},
      {"timm_v1", "^head\\.norm\\.", 2, {"linear_grad_input", "sum_rows_product", "sum_rows"}},
      {"timm_v1",
       "^stages\\.3\\.blocks\\.0\\.(gamma|mlp\\.fc2\\.bias)$",
       2,
       {"linear_grad_input", "scale", "layer_norm_grad", "mean_pool_grad", "sum_rows_product",
        "scale", "sum_rows"}},
      {"timm_v2",
       "^stages\\.3\\.blocks\\.0\\.mlp\\.grn\\.weight$",
       1,
       {"linear_grad_input", "scale", "layer_norm_grad", "mean_pool_grad", "linear_grad_input",
        "sum_image_product", "grn_factor_grad"}},
  };
  for (const Frozen &c : cases) {
    INFO(c.net << " " << c.trainable);
    VectorNet all(c.net), some(c.net);
    all.compile(IrPhase::grad);
    some.compile(IrPhase::grad, c.trainable);
    CHECK(counted(backwardOps(some.train())) == c.ops);
    CHECK(backwardOps(all.train()).size() > 10 * c.ops.size());
    const ir::NamedTensors full = all.evaluate(), part = some.evaluate();
    CHECK(part.size() == c.gradients + 2);
    for (const auto &[name, tensor] : part) {
      INFO(name);
      CHECK(norm(tensor) > 0);
      CHECK(tensor.values == full.at(name).values);
    }
  }
}

TEST_CASE("trained norms: their gradients are the full ones, no other weight's is computed") {
  VectorNet all("timm_v1"), norms("timm_v1");
  all.compile(IrPhase::grad);
  norms.compile(IrPhase::grad, "norm|stem\\.1|downsample\\.0");
  const std::vector<std::string> ops = backwardOps(norms.train());
  CHECK(ops.size() < backwardOps(all.train()).size() * 3 / 4);
  for (const std::string &op : ops) {
    INFO(op);
    CHECK(op.find("grad_weight") == std::string::npos);
  }
  // Nothing lies in front of the stem's norm.
  norms.train().walk(
      [&](mlir::Operation *op) { CHECK(ir::layerOf(op->getLoc()) != "stem.0#bwd"); });
  const ir::NamedTensors full = all.evaluate(), part = norms.evaluate();
  CHECK(part.size() == 2 + 2 * (1 + 3 + 5 + 1)); // stem, downsampling, blocks, head
  for (const auto &[name, tensor] : part) {
    INFO(name);
    CHECK(norm(tensor) > 0);
    CHECK(tensor.values == full.at(name).values);
  }
}

TEST_CASE("a frozen network still has the gradient of its image, and none of a weight") {
  VectorNet all("timm_v2"), frozen("timm_v2", /*train=*/false);
  all.compile(IrPhase::grad, "", true);
  frozen.compile(IrPhase::grad, "", true);
  for (const std::string &op : backwardOps(frozen.train()))
    CHECK((op.find("grad_weight") == std::string::npos && op != "sum_rows"));
  const ir::NamedTensors full = all.evaluate(), part = frozen.evaluate();
  CHECK(part.size() == 3);
  CHECK(part.at("grad_input").values == full.at("grad_input").values);
}

TEST_CASE("folding, layout and kernels keep loss and gradients, whatever is trained") {
  for (const char *trainable : {"", "^head\\.", "norm", "fc1|gamma|grn"})
    for (const char *name : {"timm_hnf", "timm_v2_conv_mlp"})
      for (bool fusion : {true, false}) {
        INFO(name << " \"" << trainable << "\" fusion " << fusion);
        VectorNet plain(name), fused(name);
        plain.compile(IrPhase::grad, trainable);
        fused.compile(IrPhase::fused, trainable, false, fusion);
        const ir::NamedTensors before = plain.evaluate(), after = fused.evaluate();
        REQUIRE(before.size() == after.size());
        for (const auto &[result, tensor] : before) {
          INFO(result);
          CHECK(after.at(result).shape == tensor.shape);
          CHECK(normOfDifference(after.at(result), tensor) < 1e-12 * norm(tensor));
        }
      }
}
