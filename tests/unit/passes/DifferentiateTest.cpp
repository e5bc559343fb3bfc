// The pass on random networks: the loss's slope along every parameter, by finite differences; and
// what it refuses.
#include "ir/CnxOps.h"
#include "tests/support/catch.h"
#include "tests/unit/passes/DifferentiateRun.h"
#include "tests/unit/passes/RandomNet.h"

#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"

#include <cmath>
#include <random>

using namespace cnx;
using namespace cnx::test;

namespace {

using Parameters = std::map<std::string, std::vector<double>>;

struct Subject {
  mlir::MLIRContext context{mlir::MLIRContext::Threading::DISABLED};
  mlir::OwningOpRef<mlir::ModuleOp> module;

  explicit Subject(const std::string &text) {
    context.loadDialect<ir::CnxDialect, mlir::func::FuncDialect>();
    module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    INFO(text);
    REQUIRE(module);
  }
  // The last result of a random network is its head's.
  void nameLogits() {
    mlir::func::FuncOp forward = functionNamed(*module, "forward");
    forward.setResultAttr(forward.getNumResults() - 1, ir::kNameAttr,
                          mlir::StringAttr::get(&context, "logits"));
  }
};

ir::NamedTensors evaluate(mlir::func::FuncOp function, const ir::NamedTensors &inputs,
                          const Parameters &parameters) {
  auto results =
      ir::evaluate(function, inputs, [&](const std::string &name) { return parameters.at(name); });
  REQUIRE(mlir::succeeded(results));
  return *results;
}

std::vector<double> direction(size_t count, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<double> values(count);
  for (double &value : values)
    value = static_cast<double>(random() % 2001) / 1000 - 1;
  return values;
}

// d/dt of the loss where `values` move along `along`, to fourth order in the step.
template <typename Loss>
double slope(std::vector<double> &values, const std::vector<double> &along, const Loss &loss) {
  constexpr double step = 1e-4;
  const std::vector<double> kept = values;
  auto at = [&](double t) {
    for (size_t i = 0; i < kept.size(); ++i)
      values[i] = kept[i] + t * along[i];
    const double result = loss();
    values = kept;
    return result;
  };
  return (8 * (at(step) - at(-step)) - (at(2 * step) - at(-2 * step))) / (12 * step);
}

double inner(const std::vector<double> &a, const std::vector<double> &b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i)
    sum += a[i] * b[i];
  return sum;
}

} // namespace

TEST_CASE("gradients of random networks agree with finite differences, frozen ones are absent") {
  int images = 0, trained = 0;
  for (uint64_t seed = 300; seed < 324; ++seed) {
    const std::string text = randomNet(seed, {.frozen = false, .batch = 1 + int(seed % 3)});
    INFO("seed " << seed << "\n" << text);
    Subject subject(text), original(text);
    subject.nameLogits();
    original.nameLogits();
    mlir::func::FuncOp forward = functionNamed(*subject.module, "forward");
    auto image = mlir::cast<mlir::RankedTensorType>(forward.getArgumentTypes().front());
    const bool inputGradient = image.getElementType().isF32();
    REQUIRE(differentiate(*subject.module, "", inputGradient).empty());
    REQUIRE(mlir::succeeded(mlir::verify(*subject.module)));
    mlir::func::FuncOp train = functionNamed(*subject.module, "train");

    ir::NamedTensors inputs = randomInputs(train, seed); // targets and weights are any numbers
    Parameters parameters;
    ir::WeightValues random = randomWeights(*subject.module, seed);
    for (auto weight : subject.module->getOps<ir::WeightOp>())
      parameters[weight.getSymName().str()] = random(weight.getSymName().str());
    const ir::NamedTensors results = evaluate(train, inputs, parameters);
    auto logits = [&](mlir::func::FuncOp function, const ir::NamedTensors &given) {
      return evaluate(function, given, parameters).at("logits").values;
    };
    mlir::func::FuncOp dropping = functionNamed(*original.module, "forward");
    CHECK(results.at("logits").values == logits(dropping, inputs));
    // What evaluates keeps all paths, and asks for no factors.
    ir::NamedTensors allKept = inputs;
    for (auto &[name, tensor] : allKept)
      if (name.rfind("drop", 0) == 0)
        std::fill(tensor.values.begin(), tensor.values.end(), 1.0);
    CHECK(logits(forward, inputs) == logits(dropping, allKept));
    auto loss = [&] { return evaluate(train, inputs, parameters).at("loss")[0]; };
    const bool oneClass = results.at("logits").channels() == 1; // whose softmax is 1

    auto check = [&](const std::string &name, std::vector<double> &values) {
      INFO(name);
      const ir::HostTensor &gradient = results.at(name);
      const std::vector<double> along = direction(values.size(), seed);
      const double scale = norm(gradient) * std::sqrt(inner(along, along));
      CHECK((scale > 0) != oneClass);
      CHECK(std::abs(slope(values, along, loss) - inner(gradient.values, along)) <=
            1e-7 * scale + 1e-10);
    };
    for (auto weight : subject.module->getOps<ir::WeightOp>()) {
      const std::string name = weight.getSymName().str();
      CHECK(results.count("grad." + name) == (weight.getFrozen() ? 0 : 1));
      if (!weight.getFrozen()) {
        check("grad." + name, parameters.at(name));
        ++trained;
      }
    }
    if (inputGradient) {
      check("grad_input", inputs.at("image").values);
      ++images;
    }
  }
  CHECK(trained > 200);
  CHECK(images > 5);
}

namespace {

// Logits of a linear layer on a pooled image, plus whatever a test puts in.
std::string tiny(const std::string &body = "%y = cnx.linear %p, %w features = 4 : tensor<2x3xf32>, "
                                           "tensor<4x3xf32> loc(\"head\")",
                 const std::string &image = "tensor<2x2x2x3xf32>",
                 const std::string &result = "logits", const std::string &name = "forward_b2") {
  return "module {\ncnx.weight @w : tensor<4x3xf32>\ncnx.weight @v : tensor<3xf32>\nfunc.func @" +
         name + "(%x: " + image + " {cnx.name = \"image\"}) -> (tensor<2x4xf32> {cnx.name = \"" +
         result +
         "\"}) {\n%w = cnx.get_weight @w : tensor<4x3xf32> loc(\"head\")\n%f = cnx.normalize_input "
         "%x "
         "mean = [0.0, 0.0, 0.0] std = [1.0, 1.0, 1.0] : " +
         image + " loc(\"image\")\n%p = cnx.mean_pool %f : tensor<2x2x2x3xf32> loc(\"pool\")\n" +
         body + "\nreturn %y : tensor<2x4xf32>\n}\n}\n";
}

} // namespace

TEST_CASE("what cannot be differentiated is refused with the reason") {
  struct Refusal {
    std::string text, trainable;
    bool inputGradient;
    const char *message;
  };
  const Refusal refusals[] = {
      {tiny(), "(", false, "trainable: \"(\" is no regular expression: parentheses not balanced"},
      {tiny(), "heads", false, "trainable: no parameter matches \"heads\""},
      {tiny(), "^v$", false,
       "has nothing to differentiate: no parameter that the logits depend on is trained, and no "
       "gradient of the image was asked for"},
      {tiny("%y = cnx.linear %p, %w features = 4 : tensor<2x3xf32>, tensor<4x3xf32> loc(\"head\")",
            "tensor<2x2x2x3xui8>"),
       "", true, "has no gradient of its image, which is 'tensor<2x2x2x3xui8>'"},
      {tiny("%y = cnx.linear %p, %w features = 4 : tensor<2x3xf32>, tensor<4x3xf32> loc(\"head\")",
            "tensor<2x2x2x3xf32>", "pooled"),
       "", false, "cannot be trained: it has no result \"logits\""},
      {tiny("%y = cnx.linear %p, %w features = 4 : tensor<2x3xf32>, tensor<4x3xf32> loc(\"head\")",
            "tensor<2x2x2x3xf32>", "logits", "infer"),
       "", false, "has no function @forward_b<N> to differentiate"},
      {tiny("%q = cnx.pack_panels %w : tensor<4x3xf32> loc(\"head\")\n%y = cnx.linear %p, %q "
            "features "
            "= 4 : tensor<2x3xf32>, tensor<1x3x16xf32> loc(\"head\")"),
       "", false,
       "'cnx.linear' op has no derivative by a packed weight of type 'tensor<1x3x16xf32>'"},
      {tiny("%g = cnx.get_weight @v : tensor<3xf32> loc(\"g\")\n%q = cnx.fold_in %w, %g : "
            "tensor<4x3xf32>, tensor<3xf32> loc(\"head\")\n%y = cnx.linear %p, %q features = 4 : "
            "tensor<2x3xf32>, tensor<4x3xf32> loc(\"head\")"),
       "", false, "'cnx.fold_in' op has no derivative; something trained lies behind it"},
  };
  for (const Refusal &refusal : refusals) {
    INFO(refusal.text);
    Subject subject(refusal.text);
    const std::vector<std::string> messages =
        differentiate(*subject.module, refusal.trainable, refusal.inputGradient);
    REQUIRE(messages.size() == 1);
    CHECK(messages[0] == refusal.message);
  }
  Subject twice(tiny());
  CHECK(differentiate(*twice.module).empty());
  CHECK(differentiate(*twice.module).empty());
  CHECK(
      differentiate(*twice.module, "v") ==
      std::vector<std::string>{"is differentiated already, and trains @w, which \"v\" leaves out"});
  CHECK(differentiate(*twice.module, "", true) ==
        std::vector<std::string>{"is differentiated already, without the gradient of its image"});
}

TEST_CASE("a parameter that two layers read has the sum of both gradients") {
  Subject subject(
      tiny("%a = cnx.linear %p, %w features = 4 : tensor<2x3xf32>, tensor<4x3xf32> "
           "loc(\"a\")\n%again = cnx.get_weight @w : tensor<4x3xf32> loc(\"b\")\n%b = "
           "cnx.linear %p, %again features = 4 : tensor<2x3xf32>, tensor<4x3xf32> "
           "loc(\"b\")\n%y = cnx.add %a, %b : tensor<2x4xf32>, tensor<2x4xf32> loc(\"sum\")"));
  REQUIRE(differentiate(*subject.module, "w").empty());
  mlir::func::FuncOp train = functionNamed(*subject.module, "train");
  const ir::NamedTensors inputs = randomInputs(train, 1);
  Parameters parameters{{"w", direction(12, 2)}};
  const ir::HostTensor gradient = evaluate(train, inputs, parameters).at("grad.w");
  const std::vector<double> along = direction(12, 3);
  auto loss = [&] { return evaluate(train, inputs, parameters).at("loss")[0]; };
  CHECK(slope(parameters.at("w"), along, loss) ==
        Approx(inner(gradient.values, along)).epsilon(1e-8));
  CHECK(norm(gradient) > 0);
}
