// Training as kernels run it: packed weights and gradients, sums over calls, updates of flat
// segments. Judged by the plain derivative and by formulas written out here.
#include "tests/support/catch.h"
#include "tests/unit/passes/DifferentiateRun.h"
#include "tests/unit/passes/RandomNet.h"
#include "tests/unit/passes/VectorNet.h"

#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"

#include <cmath>

using namespace cnx;
using namespace cnx::test;
using ir::HostTensor;

namespace {

// The parameter's own shape from the packed form in which it is trained; fails where padding is not
// zero or the form is another one.
HostTensor unpacked(const HostTensor &packed, llvm::ArrayRef<int64_t> shape) {
  HostTensor plain({shape.begin(), shape.end()});
  double inside = 0, all = 0;
  auto take = [&](int64_t to, int64_t from) {
    plain[to] = packed[from];
    inside += std::abs(packed[from]);
  };
  const int64_t outputs = shape[0], groups = (outputs + 15) / 16;
  if (shape.size() == 1) {
    REQUIRE(packed.shape == std::vector<int64_t>{16 * groups});
    for (int64_t c = 0; c < outputs; ++c)
      take(c, c);
  } else if (shape.size() == 4 && shape[1] == 1) { // [C,1,k,k] in taps [k,k,Cp]
    const int64_t area = shape[2] * shape[3];
    REQUIRE(packed.shape == std::vector<int64_t>{shape[2], shape[3], 16 * groups});
    for (int64_t c = 0; c < outputs; ++c)
      for (int64_t tap = 0; tap < area; ++tap)
        take(c * area + tap, tap * 16 * groups + c);
  } else { // [N,K] or [Co,Ci,k,k] in panels; K counts taps before channels
    const int64_t inputs = shape[1], area = plain.size() / (outputs * inputs);
    REQUIRE(packed.shape == std::vector<int64_t>{groups, area * inputs, 16});
    for (int64_t n = 0; n < outputs; ++n)
      for (int64_t c = 0; c < inputs; ++c)
        for (int64_t tap = 0; tap < area; ++tap)
          take((n * inputs + c) * area + tap,
               (n / 16 * area * inputs + tap * inputs + c) * 16 + n % 16);
  }
  for (double value : packed.values)
    all += std::abs(value);
  CHECK(all == Approx(inside).epsilon(1e-12));
  return plain;
}

// The packed gradients of `fused` against the plain ones.
void compare(const ir::NamedTensors &plain, const ir::NamedTensors &fused, double tolerance) {
  REQUIRE(plain.size() == fused.size());
  for (const auto &[name, expected] : plain) {
    INFO(name);
    const HostTensor &value = fused.at(name);
    const HostTensor found = name.rfind("grad.", 0) == 0 ? unpacked(value, expected.shape) : value;
    CHECK(found.shape == expected.shape);
    CHECK(norm(expected) > 0);
    CHECK(normOfDifference(found, expected) < tolerance * norm(expected));
  }
}

std::string text(mlir::ModuleOp module) {
  std::string out;
  llvm::raw_string_ostream stream(out);
  module->print(stream, mlir::OpPrintingFlags().enableDebugInfo());
  return out;
}

} // namespace

TEST_CASE("fused gradients are the plain ones, packed, and add to what was there") {
  auto name = GENERATE(as<std::string>{}, "timm_v1", "timm_conv_mlp", "timm_hnf", "timm_mlp_head",
                       "timm_v2", "timm_v2_conv_mlp", "fair_v1", "fair_v2", "hf_small");
  INFO(name);
  VectorNet plain(name), fused(name);
  const bool inputGradient = fused.io.find("grad_input") != nullptr;
  plain.differentiate("", inputGradient);
  fused.compile(IrPhase::fused, "", inputGradient);
  REQUIRE(mlir::succeeded(mlir::verify(*fused.module)));
  const ir::NamedTensors expected = plain.evaluate(), first = fused.evaluate(fused.sums());
  compare(expected, first, 1e-12);

  const ir::NamedTensors before = fused.sums(7), after = fused.evaluate(before);
  CHECK(before.size() == plain.model->parameters.size());
  for (const auto &[parameter, start] : before) {
    INFO(parameter);
    const HostTensor &gradient = first.at(parameter), &sum = after.at(parameter);
    REQUIRE(sum.shape == start.shape);
    for (int64_t i = 0; i < sum.size(); ++i)
      REQUIRE(sum[i] == start[i] + gradient[i]);
  }
}

TEST_CASE("whatever is trained: the same loss, the same gradients, frozen weights transposed at "
          "compile time") {
  for (const char *trainable : {"^head\\.", "norm", "fc1|gamma|grn", "downsample|stem"})
    for (const char *name : {"timm_hnf", "timm_v2_conv_mlp"})
      for (bool fusion : {true, false}) {
        INFO(name << " \"" << trainable << "\" fusion " << fusion);
        VectorNet plain(name), fused(name);
        plain.differentiate(trainable);
        fused.compile(IrPhase::fused, trainable, false, fusion);
        compare(plain.evaluate(), fused.evaluate(fused.sums()), 1e-12);
        // A transposition at run time is of a trained weight.
        fused.module->walk([&](ir::KernelOp kernel) {
          kernel.walk([&](ir::TransposePanelsOp transpose) {
            mlir::Value panels = kernel.getOperand(
                mlir::cast<mlir::BlockArgument>(transpose.getPanels()).getArgNumber());
            auto get = panels.getDefiningOp()->getOperand(0).getDefiningOp<ir::GetWeightOp>();
            REQUIRE(get);
            CHECK_FALSE(fused.module->lookupSymbol<ir::WeightOp>(get.getName()).getFrozen());
          });
        });
      }
}

TEST_CASE("a step over the flat segments, by PyTorch's formula") {
  for (bool adamw : {true, false}) {
    VectorNet net("timm_v2");
    PipelineOptions options;
    options.optimizer = adamw ? "adamw" : "sgd";
    net.compile(IrPhase::fused, options);
    mlir::func::FuncOp update = net.function("update");
    CHECK(update.getNumArguments() == (adamw ? 7 : 6));
    CHECK_FALSE(net.module->lookupSymbol("average"));

    int64_t blocks = 0;
    for (const auto &[name, gradient] : net.sums())
      blocks += (gradient.size() + 255) / 256;
    ir::NamedTensors inputs = randomInputs(update, 5);
    REQUIRE(inputs.at("param").shape == std::vector<int64_t>{blocks, 256});
    const double beta1 = 0.9, beta2 = 0.99, rate = 0.01, decay = 0.1, eps = 1e-3, momentum = 0.8,
                 factor = 0.5;
    const int t = 3;
    if (adamw)
      for (double &v : inputs.at("moment2").values)
        v = std::abs(v);
    inputs.at("scalars").values = {factor,
                                   rate,
                                   decay,
                                   1 - beta1,
                                   beta2,
                                   1 - beta2,
                                   eps,
                                   1 - std::pow(beta1, t),
                                   std::sqrt(1 - std::pow(beta2, t)),
                                   momentum,
                                   0,
                                   0,
                                   0,
                                   0,
                                   0,
                                   0};
    auto results = ir::evaluate(update, inputs, [](const std::string &) { // no weight is read
      return std::vector<double>();
    });
    REQUIRE(mlir::succeeded(results));
    CHECK(results->size() == (adamw ? 3 : 2));
    for (int64_t i = 0; i < blocks * 256; ++i) {
      const double lr = rate * inputs.at("rate")[i / 256], wd = decay * inputs.at("decay")[i / 256],
                   g = factor * inputs.at("grad")[i];
      double p = inputs.at("param")[i], m = inputs.at("moment1")[i];
      if (adamw) {
        const double v = beta2 * inputs.at("moment2")[i] + (1 - beta2) * g * g;
        m = beta1 * m + (1 - beta1) * g;
        p = p * (1 - lr * wd) -
            lr * (m / (1 - std::pow(beta1, t))) / (std::sqrt(v / (1 - std::pow(beta2, t))) + eps);
        REQUIRE(results->at("moment2")[i] == Approx(v).epsilon(1e-12).margin(1e-14));
      } else {
        m = momentum * m + (g + wd * p);
        p -= lr * m;
      }
      REQUIRE(results->at("moment1")[i] == Approx(m).epsilon(1e-12).margin(1e-14));
      REQUIRE(results->at("param")[i] == Approx(p).epsilon(1e-12).margin(1e-14));
    }
  }
}

TEST_CASE("averages and squares stand beside the update") {
  VectorNet net("timm_v1");
  PipelineOptions options;
  options.ema = true;
  net.compile(IrPhase::fused, options);
  auto none = [](const std::string &) { return std::vector<double>(); };
  mlir::func::FuncOp average = net.function("average"), squares = net.function("squares");
  const ir::NamedTensors inputs = randomInputs(average, 3), gradients = randomInputs(squares, 4);
  auto averaged = ir::evaluate(average, inputs, none),
       sums = ir::evaluate(squares, gradients, none);
  REQUIRE(mlir::succeeded(averaged));
  REQUIRE(mlir::succeeded(sums));
  const double share = inputs.at("scalars")[10];
  double total = 0;
  for (int64_t i = 0; i < inputs.at("ema").size(); ++i) {
    const double e = inputs.at("ema")[i], p = inputs.at("param")[i];
    REQUIRE(averaged->at("ema")[i] == Approx((1 - share) * e + share * p).margin(1e-14));
    total += gradients.at("grad")[i] * gradients.at("grad")[i];
  }
  double found = 0;
  for (double square : sums->at("squares").values)
    found += square;
  CHECK(found == Approx(total).epsilon(1e-12));
}

TEST_CASE("state is updated in place: every gradient's kernel, and the update's") {
  for (bool fusion : {true, false}) {
    VectorNet net("timm_v2");
    net.compile(IrPhase::fused, "", false, fusion);
    for (const char *name : {"train_b", "update"}) {
      mlir::func::FuncOp function = functionNamed(*net.module, name);
      for (mlir::OpOperand &result : function.getBody().front().getTerminator()->getOpOperands()) {
        auto named = function.getResultAttrOfType<mlir::StringAttr>(result.getOperandNumber(),
                                                                    ir::kNameAttr);
        INFO(name << " " << named.str());
        auto kernel = result.get().getDefiningOp<ir::KernelOp>();
        REQUIRE(kernel);
        std::string over; // name of the argument that the result is written over
        for (auto [output, input] : kernel.inPlacePairs())
          if (kernel.getResult(static_cast<unsigned>(output)) == result.get())
            if (auto argument = mlir::dyn_cast<mlir::BlockArgument>(
                    kernel.getOperand(static_cast<unsigned>(input))))
              over = function
                         .getArgAttrOfType<mlir::StringAttr>(argument.getArgNumber(), ir::kNameAttr)
                         .str();
        CHECK(over == (named == "loss" || named == "logits" ? "" : named.str()));
      }
    }
  }
}

TEST_CASE("dumps of training can be compiled on from, and a second run changes nothing") {
  for (const char *trainable : {"", "norm|head"}) {
    VectorNet net("timm_v2"), whole("timm_v2");
    PipelineOptions options;
    options.train = true;
    options.trainable = trainable;
    options.algebra = true;
    options.ema = true;
    auto run = [&](auto... range) {
      mlir::PassManager passes(&net.context);
      buildPipeline(passes, options, range...);
      REQUIRE(mlir::succeeded(passes.run(*net.module)));
      return text(*net.module);
    };
    const std::string grad = run(IrPhase::grad);
    CHECK(run(IrPhase::grad) == grad);
    const std::string fused = run(IrPhase::grad, IrPhase::fused);
    whole.compile(IrPhase::fused, options);
    CHECK(text(*whole.module) == fused);
    CHECK(run(IrPhase::ir, IrPhase::fused) == fused);
    // The options of the network are the dump's: compiling on asks for none.
    options.train = false;
    options.trainable = "";
    CHECK(run(IrPhase::ir, IrPhase::fused) == fused);
  }
}
