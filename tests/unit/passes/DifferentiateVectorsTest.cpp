// Checkpoints of the frameworks, loaded, built, differentiated and evaluated, against the gradients
// that the frameworks computed from them. And what freezing takes away.
#include "ir/Layer.h"
#include "tests/support/catch.h"
#include "tests/unit/passes/DifferentiateRun.h"
#include "tests/unit/passes/VectorNet.h"

#include "mlir/IR/Verifier.h"

#include <algorithm>
#include <set>

using namespace cnx;
using namespace cnx::test;

namespace {

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
  const bool plain = GENERATE(true, false); // the derivative itself, the whole phase
  INFO(name << " plain " << plain);
  VectorNet net(name);
  const bool inputGradient = net.io.find("grad_input") != nullptr;
  if (plain)
    net.differentiate("", inputGradient);
  else
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
  net.differentiate("", true);
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
    all.differentiate();
    some.differentiate(c.trainable);
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
  all.differentiate();
  norms.differentiate("norm|stem\\.1|downsample\\.0");
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
  all.differentiate("", true);
  frozen.differentiate("", true);
  for (const std::string &op : backwardOps(frozen.train()))
    CHECK((op.find("grad_weight") == std::string::npos && op != "sum_rows"));
  const ir::NamedTensors full = all.evaluate(), part = frozen.evaluate();
  CHECK(part.size() == 3);
  CHECK(part.at("grad_input").values == full.at("grad_input").values);
}
