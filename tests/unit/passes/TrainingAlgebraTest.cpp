// What follows the derivative in the grad phase: gradients unfolded from products of weights, and
// values made again. Neither may change a number; and forward keeps what the policy says, no more.
#include "compiler/passes/Passes.h"
#include "ir/Layer.h"
#include "tests/support/catch.h"
#include "tests/unit/passes/DifferentiateRun.h"
#include "tests/unit/passes/RandomNet.h"
#include "tests/unit/passes/VectorNet.h"

#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

#include <set>

using namespace cnx;
using namespace cnx::test;
using ir::HostTensor;

namespace {

void runOn(mlir::ModuleOp module, std::unique_ptr<mlir::Pass> onFunctions,
           std::unique_ptr<mlir::Pass> onModule = nullptr) {
  mlir::PassManager passes(module.getContext());
  if (onFunctions) {
    passes.addNestedPass<mlir::func::FuncOp>(std::move(onFunctions));
    passes.addNestedPass<mlir::func::FuncOp>(mlir::createCSEPass());
  }
  if (onModule)
    passes.addPass(std::move(onModule));
  REQUIRE(mlir::succeeded(passes.run(module)));
  REQUIRE(mlir::succeeded(mlir::verify(module)));
}

bool isBackward(mlir::Operation *op) {
  return llvm::StringRef(ir::layerOf(op->getLoc())).ends_with("#bwd");
}

// "layer op" of each value that forward makes and backward reads; parameters are nobody's.
std::multiset<std::string> crossing(mlir::func::FuncOp function) {
  std::multiset<std::string> found;
  for (mlir::Operation &op : function.getBody().front().without_terminator())
    for (mlir::OpResult result : op.getResults())
      if (!ir::isWeightOnly(&op) && !isBackward(&op) && llvm::any_of(result.getUsers(), isBackward))
        found.insert(ir::layerOf(op.getLoc()) + " " + op.getName().stripDialect().str() +
                     (result.getResultNumber() ? "'s second" : ""));
  return found;
}

void checkEqual(const ir::NamedTensors &before, const ir::NamedTensors &after, double tolerance) {
  REQUIRE(before.size() == after.size());
  for (const auto &[name, tensor] : before) {
    INFO(name);
    CHECK(normOfDifference(after.at(name), tensor) <= tolerance * norm(tensor));
  }
}

} // namespace

TEST_CASE("random networks: algebra and policy change no gradient, whatever is frozen") {
  size_t trained = 0, unfolded = 0, again = 0;
  for (uint64_t seed = 300; seed < 360; ++seed) {
    mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
    context.loadDialect<ir::CnxDialect, mlir::func::FuncDialect>();
    std::string text = randomNet(seed, {.frozen = false, .batch = 1 + int(seed % 2)});
    // The last result is the logits; half of the networks train everything.
    const size_t last = text.rfind("cnx.name = \"out");
    text.replace(last, text.find('"', last + 12) + 1 - last, "cnx.name = \"logits\"");
    if (seed % 2)
      for (size_t at; (at = text.find(" {frozen}")) != std::string::npos;)
        text.erase(at, 9);
    auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    REQUIRE(module);
    runOn(*module, createSplitGrn());
    if (!differentiate(*module).empty())
      continue; // nothing is trained
    ++trained;
    INFO("seed " << seed << "\n" << text);
    mlir::func::FuncOp train = functionNamed(*module, "train_b");
    auto evaluate = [&] {
      auto results = ir::evaluate(train, randomInputs(train, seed), randomWeights(*module, seed));
      REQUIRE(mlir::succeeded(results));
      return *results;
    };
    const ir::NamedTensors before = evaluate();
    runOn(*module, createTrainingAlgebra());
    checkEqual(before, evaluate(), 1e-12);
    const std::multiset<std::string> kept = crossing(train);
    runOn(*module, nullptr, createSavePolicy(SavePolicyOptions{}));
    checkEqual(before, evaluate(), 1e-12);
    CHECK(crossing(train).size() <= kept.size());
    train.walk([&](mlir::Operation *op) {
      unfolded += mlir::isa<ir::UnfoldAffineOp, ir::DotOutputsOp, ir::DotInputsOp>(op);
      again += op->hasAttr("cnx.again");
    });
  }
  CHECK(trained > 40);
  CHECK(unfolded > 100);
  CHECK(again > 100);
}

TEST_CASE("checkpoints: the same gradients to rounding, whatever is trained") {
  for (const char *trainable :
       {"", "norm|downsample", "fc2|gamma", "fc1.weight|grn", "gamma|fc2.bias", "conv_dw|head.fc"})
    for (const char *name : {"timm_v1", "timm_v2", "timm_conv_mlp", "timm_hnf"}) {
      INFO(name << " \"" << trainable << "\"");
      VectorNet plain(name), tuned(name);
      plain.differentiate(trainable);
      tuned.compile(IrPhase::grad, trainable);
      checkEqual(plain.evaluate(), tuned.evaluate(), 1e-12);
    }
}

TEST_CASE("a block keeps its input, the normalised value, rstd and h; a second generation's the "
          "norms and factor of its normalisation too") {
  struct Case {
    const char *net, *trainable;
    std::multiset<std::string> kept; // of the second block of the third stage
  };
  const std::string block = "stages.2.blocks.1", before = "stages.2.blocks.0.add add";
  const Case cases[] = {
      {"timm_v1",
       "",
       {before, block + ".norm layer_norm", block + ".norm layer_norm's second",
        block + ".mlp.fc1 linear"}},
      {"timm_v2",
       "",
       {before, block + ".norm layer_norm", block + ".norm layer_norm's second",
        block + ".mlp.fc1 linear", block + ".mlp.grn grn_factor", block + ".mlp.grn image_norm"}},
      // Trained below alone: x is read by the depthwise weight's gradient, h by its way there.
      {"timm_v1",
       "stem",
       {block + ".norm layer_norm", block + ".norm layer_norm's second",
        block + ".mlp.fc1 linear"}},
      // A gain whose weight is frozen is summed directly, from what the weight made.
      {"timm_v1", "stages.2.blocks.1.gamma", {block + ".mlp.fc2 linear"}},
  };
  for (const Case &c : cases) {
    INFO(c.net << " \"" << c.trainable << "\"");
    VectorNet net(c.net);
    net.compile(IrPhase::grad, c.trainable);
    std::multiset<std::string> found;
    for (const std::string &value : crossing(net.train()))
      if (value == before || value.rfind(block + ".", 0) == 0)
        found.insert(value);
    CHECK(found == c.kept);
  }
}

TEST_CASE("nothing that is cheap crosses, from the image to the loss") {
  for (const char *name : {"timm_v1", "timm_v2", "timm_conv_mlp", "hf_v1"}) {
    INFO(name);
    VectorNet net(name);
    net.compile(IrPhase::grad);
    for (const std::string &value : crossing(net.train())) {
      INFO(value);
      const std::string op = value.substr(value.find(' ') + 1);
      CHECK(std::set<std::string>{"gelu", "affine", "scale", "image_scale", "channel_bias",
                                  "drop_path", "relayout", "normalize_input"}
                .count(op) == 0);
    }
  }
}

TEST_CASE("kept bytes are said by function and block") {
  for (bool second : {false, true}) {
    VectorNet net(second ? "timm_v2" : "timm_v1");
    net.compile(IrPhase::grad);
    const std::string block = "stages.1.blocks.0";
    std::vector<int64_t> shape; // of the block's output
    net.train().walk([&](ir::AddOp add) {
      if (ir::layerOf(add.getLoc()) == block + ".add")
        shape = add.getType().getShape();
    });
    REQUIRE(shape.size() == 4);
    auto padded = [](int64_t channels) { return (channels + 15) / 16 * 16; };
    const int64_t pixels = shape[0] * shape[1] * shape[2], wide = padded(4 * shape[3]);
    const int64_t numbers =
        pixels * (2 * padded(shape[3]) + wide + 1) + (second ? 2 * shape[0] * wide : 0);
    auto saved = (*net.module)->getAttrOfType<mlir::DictionaryAttr>("cnx.saved");
    REQUIRE(saved);
    auto functions = saved.getAs<mlir::DictionaryAttr>(net.train().getName());
    REQUIRE(functions);
    CHECK(functions.getAs<mlir::IntegerAttr>(block).getInt() == 4 * numbers);
    CHECK(functions.get("stem"));
    CHECK(functions.get("head"));
  }
}
