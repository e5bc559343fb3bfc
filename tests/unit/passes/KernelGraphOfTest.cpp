// The IR seen as KernelGraph: roles, pitches, scalars, in place.
#include "compiler/passes/KernelGraphOf.h"
#include "ir/CnxOps.h"
#include "tests/support/catch.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"

using namespace cnx;

namespace {

const char *const kFunction = R"(
cnx.weight @g : tensor<24xf32>
cnx.weight @w : tensor<20x24xf32>
func.func @forward_b2(%x: tensor<2x3x5x24xf32> {cnx.name = "x"}, %f: tensor<2xf32> {cnx.name = "f"})
    -> (tensor<2x3x5x20xf32> {cnx.name = "y"}) {
  %g0 = cnx.get_weight @g : tensor<24xf32>
  %g1 = cnx.pad_vector %g0 : tensor<24xf32>
  %w0 = cnx.get_weight @w : tensor<20x24xf32>
  %w1 = cnx.pack_panels %w0 : tensor<20x24xf32>
  %n, %r = cnx.layer_norm %x eps = 1.0e-6 : tensor<2x3x5x24xf32>
  %s = cnx.scale %n, %g1 {cnx.again = 7 : i64} : tensor<2x3x5x24xf32>, tensor<32xf32>
  %d = cnx.drop_path %s, %f rate = 0.5 site = 3 : tensor<2x3x5x24xf32>, tensor<2xf32>
  %y = cnx.linear %d, %w1 features = 20 : tensor<2x3x5x24xf32>, tensor<2x24x16xf32>
  return %y : tensor<2x3x5x20xf32>
})";

const char *const kKernels = R"(
cnx.weight @g : tensor<24xf32>
func.func @forward_b1(%x: tensor<1x2x2x24xf32> {cnx.name = "x"}) -> (tensor<1x2x2x24xf32> {cnx.name = "y"}) {
  %g0 = cnx.get_weight @g : tensor<24xf32>
  %g1 = cnx.pad_vector %g0 : tensor<24xf32>
  %a = cnx.kernel "norms"(%x) : (tensor<1x2x2x24xf32>) -> tensor<1x2x2x24xf32> {
  ^bb0(%in: tensor<1x2x2x24xf32>):
    %n, %r = cnx.layer_norm %in eps = 1.0e-6 : tensor<1x2x2x24xf32>
    %n2, %r2 = cnx.layer_norm %n eps = 1.0e-5 : tensor<1x2x2x24xf32>
    %n3, %r3 = cnx.layer_norm %n2 eps = 1.0e-6 : tensor<1x2x2x24xf32>
    cnx.yield %n3 : tensor<1x2x2x24xf32>
  }
  %b = cnx.kernel "single"(%a, %g1) {in_place = array<i64: 0, 0>} : (tensor<1x2x2x24xf32>, tensor<32xf32>) -> tensor<1x2x2x24xf32> {
  ^bb0(%in: tensor<1x2x2x24xf32>, %gamma: tensor<32xf32>):
    %s = cnx.scale %in, %gamma : tensor<1x2x2x24xf32>, tensor<32xf32>
    cnx.yield %s : tensor<1x2x2x24xf32>
  }
  %c = cnx.kernel "single"(%b) : (tensor<1x2x2x24xf32>) -> tensor<1x2x2x24xf32> {
  ^bb0(%in: tensor<1x2x2x24xf32>):
    %s = cnx.gelu %in : tensor<1x2x2x24xf32>
    cnx.yield %s : tensor<1x2x2x24xf32>
  }
  return %c : tensor<1x2x2x24xf32>
})";

struct Parsed {
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  explicit Parsed(const char *text) {
    context.loadDialect<ir::CnxDialect, mlir::func::FuncDialect>();
    module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    REQUIRE(module);
  }
  mlir::func::FuncOp function() { return *module->getOps<mlir::func::FuncOp>().begin(); }
};

} // namespace

TEST_CASE("a function as a graph") {
  Parsed parsed(kFunction);
  const FunctionGraph view = functionGraph(parsed.function());
  const KernelGraph &graph = view.graph;
  REQUIRE(graph.nodes.size() == 4); // no weight expressions
  CHECK(view.ops.size() == 4);
  CHECK(view.values.size() == graph.values.size());
  CHECK(graph.nodes[0].op == "layer_norm");
  CHECK(graph.nodes[0].number("eps") == 1e-6);
  CHECK(graph.nodes[0].outputs[1] == -1);   // rstd: nobody reads it
  CHECK(graph.nodes[1].attributes.empty()); // a pass's mark is none of the op's
  CHECK(graph.nodes[2].op == "drop_path");
  CHECK(graph.nodes[2].attributes.empty()); // rate and site are in the factor
  CHECK(graph.nodes[3].integer("features") == 20);
  CHECK(graph.nodes[3].inputs.size() == 2); // no bias

  auto value = [&](int node, int operand) {
    return graph.values[size_t(graph.nodes[size_t(node)].inputs[size_t(operand)])];
  };
  CHECK(value(0, 0).role == Role::input);
  CHECK(value(0, 0).pitch == 24); // the caller's: dense
  CHECK(value(1, 0).role == Role::internal);
  CHECK(value(1, 0).pitch == 32); // inside: padded
  CHECK(value(1, 1).role == Role::weight);
  CHECK(value(1, 1).pitch == 32);
  CHECK(value(2, 1).role == Role::input);
  CHECK(value(2, 1).shape == std::vector<int64_t>{2});
  CHECK(value(3, 1).pitch == 16); // panels
  const cnx::Value &result = graph.values[size_t(graph.nodes[3].outputs[0])];
  CHECK(result.role == Role::output);
  CHECK(result.pitch == 20);
}

TEST_CASE("a kernel as a graph") {
  Parsed parsed(kKernels);
  std::vector<GroupGraph> groups;
  for (auto kernel : parsed.function().getOps<ir::KernelOp>())
    groups.push_back(groupGraph(kernel));
  REQUIRE(groups.size() == 3);

  SECTION("eps is a scalar, one a distinct number, and the last input") {
    const GroupGraph &norms = groups[0];
    CHECK(norms.graph.fusion == "norms");
    CHECK(norms.scalars == std::vector<double>{1e-6, 1e-5});
    const auto &nodes = norms.graph.nodes;
    for (const Node &node : nodes) {
      CHECK(node.attributes.count("eps") == 0);
      REQUIRE(node.inputs.size() == 2);
      CHECK(norms.graph.values[size_t(node.inputs[1])].role == Role::scalar);
    }
    CHECK(nodes[0].inputs[1] == nodes[2].inputs[1]);
    CHECK(nodes[0].inputs[1] != nodes[1].inputs[1]);
    CHECK(norms.values.size() == norms.graph.values.size());
  }
  SECTION("an operand that is overwritten is no argument of its own") {
    const KernelGraph &graph = groups[1].graph;
    const std::vector<int> arguments = graph.arguments();
    REQUIRE(arguments.size() == 2);
    CHECK(graph.values[size_t(arguments[0])].role == Role::weight);
    CHECK(graph.values[size_t(arguments[1])].role == Role::output);
    CHECK(graph.values[size_t(graph.values[size_t(arguments[1])].inPlaceOf)].role == Role::input);
  }
  SECTION("dense at the boundary, padded inside") {
    CHECK(groups[0].graph.values[size_t(groups[0].graph.nodes[0].inputs[0])].pitch == 24);
    CHECK(groups[0].graph.values[size_t(groups[0].graph.nodes[2].outputs[0])].pitch == 32);
    CHECK(groups[2].graph.values[size_t(groups[2].graph.nodes[0].outputs[0])].pitch == 24);
  }
  SECTION("values are the kernel's operands and results") {
    const GroupGraph &scale = groups[1];
    auto kernel = *std::next(parsed.function().getOps<ir::KernelOp>().begin());
    CHECK(scale.values[0] == kernel.getOperand(0));
    CHECK(scale.values[1] == kernel.getOperand(1));
    CHECK(scale.values[2] == mlir::Value(kernel.getResult(0)));
  }
}
