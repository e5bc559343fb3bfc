// How a function is evaluated: names, weights, kernels, the observer, and what is refused.
#include "ir/CnxOps.h"
#include "tests/support/catch.h"
#include "tests/unit/ir/Text.h"

using namespace cnx;
using namespace cnx::test;
using cnx::ir::HostTensor;

namespace {

const char *const text = R"(
  cnx.weight @norm.bias : tensor<2xf32>
  func.func @f(%image: tensor<1x2xf32> {cnx.name = "image"}, %other: tensor<1x2xf32>)
      -> (tensor<1x2xf32> {cnx.name = "logits"}, tensor<1x2xf32>) {
    %0 = cnx.get_weight @norm.bias : tensor<2xf32>
    %1, %2 = cnx.kernel "pair"(%image, %other, %0)
        : (tensor<1x2xf32>, tensor<1x2xf32>, tensor<2xf32>) -> (tensor<1x2xf32>, tensor<1x2xf32>) {
    ^bb0(%a: tensor<1x2xf32>, %b: tensor<1x2xf32>, %w: tensor<2xf32>):
      %s = cnx.add %a, %b : tensor<1x2xf32>, tensor<1x2xf32>
      %c = cnx.channel_bias %s, %w : tensor<1x2xf32>, tensor<2xf32>
      cnx.yield %c, %s : tensor<1x2xf32>, tensor<1x2xf32>
    }
    %3 = cnx.add %1, %1 : tensor<1x2xf32>, tensor<1x2xf32>
    return %3, %2 : tensor<1x2xf32>, tensor<1x2xf32>
  })";

const ir::NamedTensors inputs = {{"image", HostTensor({1, 2}, {1, 2})},
                                 {"arg1", HostTensor({1, 2}, {10, 20})}};

std::vector<float> weights(const std::string &name) {
  if (name == "norm.bias")
    return {0.5f, 0.25f};
  return {};
}

} // namespace

TEST_CASE("a function runs through its kernels, by names", "[ir]") {
  Program program(text);
  auto results = ir::evaluate(program.function(), inputs, weights);
  REQUIRE(mlir::succeeded(results));
  CHECK(results->size() == 2);
  CHECK(results->at("logits").values == std::vector<double>{23, 44.5});
  CHECK(results->at("result1").values == std::vector<double>{11, 22});
}

TEST_CASE("the observer sees every op in order, inside of kernels too", "[ir]") {
  Program program(text);
  std::vector<std::string> seen;
  std::vector<double> afterBias;
  REQUIRE(mlir::succeeded(ir::evaluate(
      program.function(), inputs, weights,
      [&](mlir::Operation *op, llvm::ArrayRef<HostTensor> results) {
        seen.push_back(op->getName().getStringRef().str() + "/" + std::to_string(results.size()));
        if (mlir::isa<ir::ChannelBiasOp>(op))
          afterBias = results.front().values;
      })));
  CHECK(seen == std::vector<std::string>{"cnx.get_weight/1", "cnx.add/1", "cnx.channel_bias/1",
                                         "cnx.kernel/2", "cnx.add/1"});
  CHECK(afterBias == std::vector<double>{11.5, 22.25});
}

TEST_CASE("what the reference refuses", "[ir]") {
  Program program(text);
  auto message = [&](const ir::NamedTensors &given, const ir::WeightValues &source) {
    CHECK(mlir::failed(ir::evaluate(program.function(), given, source)));
    return program.context.messages().back();
  };
  CHECK(message({{"image", HostTensor({1, 2})}}, weights) == "input arg1 is not given");
  CHECK(message({{"image", HostTensor({2, 1})}, {"arg1", HostTensor({1, 2})}}, weights) ==
        "input image has shape [2, 1], expected [1, 2]");
  CHECK(message(inputs, [](const std::string &) { return std::vector<float>(3); }) ==
        "weight norm.bias has 3 values, expected 2");

  Program other("func.func @f(%x: tensor<2xf32>) -> tensor<2xf32> {\n"
                "  %0 = func.call @g(%x) : (tensor<2xf32>) -> tensor<2xf32>\n"
                "  return %0 : tensor<2xf32>\n}\n"
                "func.func private @g(tensor<2xf32>) -> tensor<2xf32>");
  CHECK(mlir::failed(ir::evaluate(other.function(), {{"arg0", HostTensor({2})}}, weights)));
  CHECK(other.context.messages().back() == "func.call has no reference");
  auto external = other.module().lookupSymbol<mlir::func::FuncOp>("g");
  CHECK(mlir::failed(ir::evaluate(external, {}, weights)));
  CHECK(other.context.messages().back() == "@g has no body");
}
